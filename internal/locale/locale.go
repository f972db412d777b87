// Package locale gives the toolkit a language it can read where the system's locale
// is "C.UTF-8" or the like, which names none: the toolkit would complain on standard
// error at each start. It must never change a language that the person chose, nor
// how the C library treats text.
//
// It works by being initialised, and imports so little that this is before the
// toolkit's packages are.
package locale

import "os"

func init() { name(os.Getenv, os.Setenv) }

// name says English, which is what C means, by the variable that is about the
// language of programs only.
func name(get func(string) string, set func(key, value string) error) {
	if get("LANGUAGE") != "" {
		return
	}
	for _, key := range [...]string{"LC_ALL", "LC_MESSAGES", "LANG"} { // in their order of rank
		if value := get(key); value != "" {
			if nameless(value) {
				_ = set("LANGUAGE", "en") // without it there is a line more in the log
			}
			return
		}
	}
}

// nameless reports whether a locale is C or POSIX with an encoding or a variant;
// alone the toolkit knows them.
func nameless(value string) bool {
	for i := range len(value) {
		if value[i] == '.' || value[i] == '@' {
			return value[:i] == "C" || value[:i] == "POSIX"
		}
	}
	return false
}
