package ui

import (
	"hearth/app"
	"hearth/ui/tr"
)

// diskText says to whoever hosts a group what its disk has too little of; "" if it has enough.
func diskText(v *app.HostingView) string {
	if v == nil || !v.Running || v.Disk == nil {
		return ""
	}
	d := v.Disk
	folder := inSentence(d.Dir)
	if d.Missing == 0 {
		return tr.F("hosting.disk.unknown", "Folder", folder)
	}
	const whole = 1_000_000 // it does not change with every message
	missing := bytesText((d.Missing + whole - 1) / whole * whole)
	if d.Full {
		return tr.F("hosting.disk.full", "Missing", missing, "Folder", folder)
	}
	return tr.F("hosting.disk.low", "Missing", missing, "Folder", folder)
}
