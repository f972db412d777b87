package look

import (
	"image/color"
	"path"
	"strings"
	"unicode/utf8"

	"fyne.io/fyne/v2"
)

// maxExtension is the longest end of a file's name that is always shown, in
// characters with its dot.
const maxExtension = 12

// ElideFile cuts a file's name in the middle where it is too wide: its end says what
// it is, and must not be hidden by a long name. The name must be clean already.
func ElideFile(name string, width, size float32, style fyne.TextStyle) string {
	if MeasureRuns(name, size, style) <= width {
		return name
	}
	end := path.Ext(name)
	if end == "" || end == name || utf8.RuneCountInString(end) > maxExtension {
		end = tail(name, 6)
	} else {
		end = tail(strings.TrimSuffix(name, end), 2) + end
	}
	front := []rune(strings.TrimSuffix(name, end))
	low, high := 0, len(front)
	for low < high { // the longest front that fits
		mid := (low + high + 1) / 2
		if MeasureRuns(string(front[:mid])+"…"+end, size, style) <= width {
			low = mid
		} else {
			high = mid - 1
		}
	}
	if low == 0 {
		return Elide("…"+end, width, size, style)
	}
	return string(front[:low]) + "…" + end
}

// tail is the last n characters of a text.
func tail(s string, n int) string {
	r := []rune(s)
	return string(r[max(0, len(r)-n):])
}

// FileIcon is the icon for a file of a name, and the ink of its kind.
func FileIcon(name string) (Icon, Ink) {
	hue := func(i int) Ink { return func(p *Palette) color.NRGBA { return p.Names[i] } }
	switch strings.ToLower(path.Ext(name)) {
	case ".png", ".jpg", ".jpeg", ".gif", ".webp", ".svg", ".heic", ".bmp", ".tif", ".tiff", ".ico":
		return IconPicture, hue(1)
	case ".mp3", ".ogg", ".opus", ".flac", ".wav", ".m4a", ".aac", ".mid":
		return IconSound, hue(4)
	case ".mp4", ".mkv", ".webm", ".mov", ".avi", ".ogv":
		return IconFilm, hue(2)
	case ".zip", ".gz", ".xz", ".bz2", ".zst", ".7z", ".rar", ".tar", ".tgz", ".deb", ".rpm", ".iso":
		return IconArchive, hue(3)
	case ".txt", ".md", ".pdf", ".doc", ".docx", ".odt", ".rtf", ".csv", ".xls", ".xlsx", ".ods", ".ppt", ".pptx", ".odp", ".html", ".json", ".xml", ".go", ".log":
		return IconText, hue(0)
	}
	return IconFile, Secondary
}

// IsProgram reports whether some desktop runs a file of such a name, or acts upon it like a
// program, when it is opened. Windows does not see dots and blanks at the end.
func IsProgram(name string) bool {
	switch strings.ToLower(path.Ext(strings.TrimRight(name, ". "))) {
	case ".exe", ".com", ".bat", ".cmd", ".msi", ".msp", ".msix", ".msc", ".appx", ".scr", ".pif", ".cpl", ".dll", ".sys", ".ps1", ".psm1",
		".vbs", ".vbe", ".js", ".jse", ".wsf", ".wsh", ".hta", ".lnk", ".url", ".scf", ".inf", ".reg", ".chm", ".jar", ".iso", ".img", ".vhd", ".vhdx",
		".app", ".command", ".dmg", ".pkg", ".mpkg", ".workflow", ".scpt", ".terminal", ".webloc",
		".desktop", ".appimage", ".run", ".sh", ".bash", ".zsh", ".csh", ".fish", ".elf", ".so", ".deb", ".rpm", ".flatpak", ".flatpakref", ".snap",
		".py", ".pyw", ".pyz", ".pl", ".rb", ".apk", ".xpi", ".docm", ".dotm", ".xlsm", ".xlam", ".pptm":
		return true
	}
	return false
}

// IsProgramType is IsProgram for a media type, as whoever sent the file names it.
func IsProgramType(media string) bool {
	media, _, _ = strings.Cut(strings.ToLower(media), ";")
	switch strings.TrimSpace(media) {
	case "application/x-msdownload", "application/x-dosexec", "application/vnd.microsoft.portable-executable", "application/x-msi",
		"application/x-executable", "application/x-pie-executable", "application/x-sharedlib", "application/x-elf", "application/x-mach-binary",
		"application/x-sh", "application/x-shellscript", "text/x-shellscript", "application/x-desktop", "application/java-archive":
		return true
	}
	return false
}
