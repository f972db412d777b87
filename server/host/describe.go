package host

import (
	"fmt"
	"path/filepath"
	"strconv"
	"strings"

	"hearth/internal/safefile"
)

// SettingsFile is the configuration that a data folder may carry itself: hearth-server
// reads it when it is given that folder and no other configuration.
const SettingsFile = "hearth-server.toml"

// Describe leaves in a data folder where it was served, so that it is served there again.
func Describe(dir string, listen []string) error {
	quoted := make([]string, len(listen))
	for i, address := range listen {
		quoted[i] = strconv.Quote(address)
	}
	text := fmt.Sprintf("# Where this group was served; hearth-server reads this unless --config names another file.\nlisten = [%s]\n",
		strings.Join(quoted, ", "))
	return safefile.Write(filepath.Join(dir, SettingsFile), []byte(text), 0o600)
}
