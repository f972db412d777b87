package cmdline

import (
	"testing"
	"time"

	"github.com/alecthomas/kong"
)

func TestCheckText(t *testing.T) {
	if err := CheckText([]string{"send", "general", "größe 另"}); err != nil {
		t.Error(err)
	}
	if err := CheckText([]string{"--name", "a\xff"}); err == nil || err.Error() != `--name "a\xff" is not valid UTF-8` {
		t.Errorf("%v", err)
	}
	if err := CheckText([]string{"send", "bad\xff"}); err == nil || err.Error() != `argument 2 ("bad\xff") is not valid UTF-8` {
		t.Errorf("%v", err)
	}
}

func TestRefuseBlank(t *testing.T) {
	var c struct {
		Data    string   `type:"path"`
		File    []string `type:"path" sep:"none"`
		Profile string   `default:"default"`
		Text    string
	}
	k, err := kong.New(&c, kong.Exit(func(int) { t.Error("exit") }))
	if err != nil {
		t.Fatal(err)
	}
	RefuseBlank(k, "profile")
	for _, args := range [][]string{{"--data", ""}, {"--data="}, {"--data", "  "}, {"--profile", ""}, {"--file", "/a", "--file", ""}} {
		if _, err := k.Parse(args); err == nil {
			t.Errorf("%q is taken", args)
		}
	}
	if _, err := k.Parse([]string{"--data", "/d", "--file", "/a", "--file=/b", "--text", ""}); err != nil {
		t.Fatal(err)
	}
	if c.Data != "/d" || len(c.File) != 2 || c.Profile != "default" {
		t.Errorf("%+v", c)
	}
}

func TestLength(t *testing.T) {
	for text, want := range map[string]time.Duration{"7d": 7 * 24 * time.Hour, "90m": 90 * time.Minute, "0": 0, "-1h": 0, "d": 0, "7 d": 0, "": 0} {
		var l Length
		if err := l.UnmarshalText([]byte(text)); (err == nil) != (want > 0) || time.Duration(l) != want {
			t.Errorf("%q: %v, %v", text, time.Duration(l), err)
		}
	}
}
