package wake

import (
	"os"
	"path/filepath"
	"strings"
)

// OnBattery reports whether the machine runs on its battery, as far as the system
// says: there is a battery of the machine, and no supply of power is plugged in.
func OnBattery() bool { return onBattery("/sys/class/power_supply") }

func onBattery(dir string) bool {
	supplies, err := os.ReadDir(dir)
	if err != nil {
		return false
	}
	battery := false
	for _, s := range supplies {
		read := func(name string) string {
			b, _ := os.ReadFile(filepath.Join(dir, s.Name(), name)) // a file that is not there says nothing
			return strings.TrimSpace(string(b))
		}
		switch kind := read("type"); {
		case kind == "Battery":
			battery = battery || read("scope") != "Device" // a mouse has one, too
		case read("online") == "1":
			return false
		}
	}
	return battery
}
