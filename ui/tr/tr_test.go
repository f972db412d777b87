package tr

import (
	"encoding/json"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"hearth/assets"
	people "hearth/internal/names"
)

// forms are the plural forms each language must have.
var forms = map[string][]string{
	"en": {"one", "other"},
	"zh": {"other"},
	"mt": {"few", "many", "one", "other", "two"},
}

// texts reads a file: key → form ("" for texts without) → words.
func texts(t *testing.T, code string) map[string]map[string]string {
	t.Helper()
	data, err := assets.Translations.ReadFile("translation/" + code + ".json")
	if err != nil {
		t.Fatal(err)
	}
	var raw map[string]any
	if err := json.Unmarshal(data, &raw); err != nil {
		t.Fatalf("%s: %v", code, err)
	}
	out := map[string]map[string]string{}
	for k, v := range raw {
		out[k] = map[string]string{}
		switch v := v.(type) {
		case string:
			out[k][""] = v
		case map[string]any:
			for form, text := range v {
				out[k][form] = text.(string)
			}
		}
	}
	return out
}

var placeholder = regexp.MustCompile(`\{\{\.(\w+)\}\}`)

// names lists the placeholders of a text, each once.
func names(text string) []string {
	var out []string
	for _, m := range placeholder.FindAllStringSubmatch(text, -1) {
		if !slices.Contains(out, m[1]) {
			out = append(out, m[1])
		}
	}
	slices.Sort(out)
	return out
}

func TestFiles(t *testing.T) {
	english := texts(t, "en")
	for _, l := range Languages {
		file := texts(t, l.Code)
		for key := range file {
			if english[key] == nil {
				t.Errorf("%s: %s is not in English", l.Code, key)
			}
		}
		for key, want := range english {
			got, ok := file[key]
			if !ok {
				t.Errorf("%s: %s is missing", l.Code, key)
				continue
			}
			checkText(t, l.Code, key, want, got)
		}
	}
}

// TestOneAddress: Chinese has two words for you; the window uses one of them.
func TestOneAddress(t *testing.T) {
	for key, forms := range texts(t, "zh") {
		for _, text := range forms {
			if strings.ContainsRune(text, '您') {
				t.Errorf("%s: %s", key, text)
			}
		}
	}
}

// TestWordsInPlaceOfNames: the words that stand where names do are known as such, so that
// nobody can be taken for one of them.
func TestWordsInPlaceOfNames(t *testing.T) {
	for _, l := range Languages {
		file := texts(t, l.Code)
		for _, key := range []string{"who.you", "who.server", "who.unknown", "person.deleted"} {
			if word := file[key][""]; !people.Reserved(people.Likeness(word)) {
				t.Errorf("%s: %q of %s is not in names.Words", l.Code, word, key)
			}
		}
	}
	if people.Reserved(people.Likeness("Ana Borg")) {
		t.Error("any name is a word of ours")
	}
}

// checkText compares one text with the English one.
func checkText(t *testing.T, code, key string, english, got map[string]string) {
	t.Helper()
	_, plain := english[""]
	var have []string
	for form, text := range got {
		have = append(have, form)
		if text == "" {
			t.Errorf("%s: %s %s is empty", code, key, form)
		}
		reference := english[""]
		if !plain {
			reference = english["other"]
		}
		wanted, is := names(reference), names(text)
		if !plain { // a form may say its number in words
			drop := func(s string) bool { return s == "N" }
			wanted, is = slices.DeleteFunc(wanted, drop), slices.DeleteFunc(is, drop)
			if form == "other" && !slices.Contains(names(text), "N") {
				t.Errorf("%s: %s does not say the number", code, key)
			}
		}
		if !slices.Equal(wanted, is) {
			t.Errorf("%s: placeholders of %s %s are %v, in English %v", code, key, form, is, wanted)
		}
	}
	slices.Sort(have)
	want := []string{""}
	if !plain {
		want = forms[code]
	}
	if diff := cmp.Diff(want, have); diff != "" {
		t.Errorf("%s: forms of %s (-want +got):\n%s", code, key, diff)
	}
}

// TestNoModifiers: which key goes with a letter differs between systems, so no text names
// it; what does is made from the shortcut itself.
func TestNoModifiers(t *testing.T) {
	for code := range forms {
		for key, byForm := range texts(t, code) {
			for _, text := range byForm {
				if strings.Contains(text, "Ctrl") || strings.Contains(text, "Cmd") || strings.Contains(text, "⌘") {
					t.Errorf("%s: %s: %q", code, key, text)
				}
			}
		}
	}
}

func TestPlurals(t *testing.T) {
	defer Use("en")
	for _, test := range []struct {
		code string
		n    int
		want string
	}{
		{"en", 1, "1 member"},
		{"en", 2, "2 members"},
		{"en", 0, "0 members"},
		{"zh", 1, "1 位成员"},
		{"zh", 20, "20 位成员"},
		{"mt", 1, "membru wieħed"},
		{"mt", 2, "żewġ membri"},
		{"mt", 5, "5 membri"},
		{"mt", 14, "14-il membru"},
		{"mt", 20, "20 membru"},
		{"mt", 103, "103 membri"},
		{"mt", 0, "0 membri"},
	} {
		Use(test.code)
		if got := N("pane.members", test.n); got != test.want {
			t.Errorf("%s %d: %q, want %q", test.code, test.n, got, test.want)
		}
	}
}

func TestChoice(t *testing.T) {
	for _, test := range []struct {
		locales []string
		want    string
	}{
		{[]string{"zh_CN"}, "zh"},
		{[]string{"zh-Hant-TW"}, "zh"},
		{[]string{"mt-MT"}, "mt"},
		{[]string{"en_GB"}, "en"},
		{[]string{"fr-FR", "mt"}, "mt"},
		{[]string{"de"}, "en"},
		{nil, "en"},
		{[]string{"C"}, "en"},
	} {
		if got := match(test.locales); got != test.want {
			t.Errorf("%v: %q, want %q", test.locales, got, test.want)
		}
	}
	defer Use("en")
	Use("mt")
	if Lang() != "mt" || S("button.back") != "Lura" {
		t.Errorf("Maltese is not in use: %s %q", Lang(), S("button.back"))
	}
	Use("nonsense")
	if Lang() != systemLanguage() {
		t.Errorf("an unknown code means %s, want the system's", Lang())
	}
	if S("no.such.key") != "no.such.key" {
		t.Error("a missing key does not show itself")
	}
}

func TestTimes(t *testing.T) {
	defer Use("en")
	Use("en")
	now := time.Date(2026, 11, 21, 0, 30, 0, 0, time.UTC) // Saturday
	for _, test := range []struct{ got, want string }{
		{Day(now.Add(-20*time.Minute), now), "Today"},
		{Day(now.Add(-40*time.Minute), now), "Yesterday"},
		{Day(now.AddDate(0, 0, -3), now), "Wednesday"},
		{Day(now.AddDate(0, 0, -7), now), "14 November"},
		{Day(now.AddDate(-1, 0, 0), now), "21 November 2025"},
		{Day(now.AddDate(0, 0, 1), now), "22 November"},
		{Short(now.Add(-20*time.Minute), now), "00:10"},
		{Short(now.Add(-40*time.Minute), now), "Fri"},
		{Short(now.AddDate(0, -2, 0), now), "21/9"},
		{Short(now.AddDate(-2, 0, 0), now), "21/11/2024"},
		{Short(time.Time{}, now), ""},
		{Until(-time.Second), "expired"},
		{Until(30 * time.Second), "1 minute"},
		{Until(90 * time.Minute), "2 hours"},
		{Until(7 * 24 * time.Hour), "7 days"},
		{Milliseconds(400 * time.Microsecond), "under 1 ms"},
		{Milliseconds(12400 * time.Microsecond), "12 ms"},
	} {
		if test.got != test.want {
			t.Errorf("%q, want %q", test.got, test.want)
		}
	}
	Use("zh")
	if got := Date(now, true); got != "2026年11月21日" {
		t.Errorf("Chinese date %q", got)
	}
	Use("mt")
	if got := Date(now, true); got != "21 ta' Novembru 2026" {
		t.Errorf("Maltese date %q", got)
	}
}
