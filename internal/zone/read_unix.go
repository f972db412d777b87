//go:build !windows

package zone

import (
	"fmt"
	"os"
	"strings"
	"time"
)

// localtime is where Unix keeps the zone of the machine.
const localtime = "/etc/localtime"

// mostData bounds what is read as a zone; the largest there are have 4 KB.
const mostData = 1 << 20

// read finds the zone as package time does at the start of a program.
func read() (*place, error) {
	name, set := os.LookupEnv("TZ")
	return readAs(name, set, localtime)
}

// readAs is read for a value of TZ.
func readAs(name string, set bool, system string) (*place, error) {
	name = strings.TrimPrefix(name, ":")
	switch {
	case !set:
		return readFile(system)
	case name == "" || name == "UTC":
		return &place{time.UTC, "UTC"}, nil
	case name[0] == '/':
		return readFile(name)
	}
	loc, err := time.LoadLocation(name)
	if err != nil {
		return nil, err
	}
	return &place{loc, name}, nil
}

// readFile reads the rules of a zone.
func readFile(path string) (*place, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() || info.Size() > mostData {
		return nil, fmt.Errorf("%s is no file of a time zone", path)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	loc, err := time.LoadLocationFromTZData("Local", data)
	if err != nil {
		return nil, err
	}
	return &place{loc, string(data)}, nil
}
