package locale

import "testing"

// TestName: only where the system names no language is one set, and never over
// what the person chose.
func TestName(t *testing.T) {
	for _, test := range []struct {
		env  map[string]string
		want string
	}{
		{map[string]string{"LANG": "C.UTF-8"}, "en"},
		{map[string]string{"LANG": "C.utf8"}, "en"},
		{map[string]string{"LANG": "POSIX.UTF-8@x"}, "en"},
		{map[string]string{"LC_ALL": "C.UTF-8", "LANG": "mt_MT.UTF-8"}, "en"},
		{map[string]string{"LANG": "C"}, ""},
		{map[string]string{"LANG": "POSIX"}, ""},
		{map[string]string{}, ""},
		{map[string]string{"LANG": "mt_MT.UTF-8"}, ""},
		{map[string]string{"LC_MESSAGES": "zh_CN.UTF-8", "LANG": "C.UTF-8"}, ""},
		{map[string]string{"LANG": "C.UTF-8", "LANGUAGE": "zh:en"}, "zh:en"},
		{map[string]string{"LANG": "Cxx.UTF-8"}, ""},
	} {
		name(func(k string) string { return test.env[k] }, func(k, v string) error { test.env[k] = v; return nil })
		if got := test.env["LANGUAGE"]; got != test.want {
			t.Errorf("%v: LANGUAGE %q, want %q", test.env, got, test.want)
		}
	}
}
