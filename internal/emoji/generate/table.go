package main

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"hearth/internal/textsearch"
)

// languages of the names, in the order of the table's columns.
var languages = []string{"en", "mt", "zh"}

// words are what a language calls an emoji.
type words struct {
	name string
	also []string
}

// writeTable writes one line for each emoji without a skin tone: group, whether
// there are skin tones, the emoji, short codes, names, and the folded words that it
// is found by.
func writeTable(in inputs, list []sequence, path string) error {
	toned := map[string]bool{}
	for _, s := range list {
		if base := untoned(s.key()); base != s.key() {
			toned[base] = true
		}
	}
	var names []map[string]words
	for _, l := range languages {
		m, err := readNames(in.cldr, l)
		if err != nil {
			return err
		}
		names = append(names, m)
	}
	codes, err := readCodes(in.codes)
	if err != nil {
		return err
	}
	var out bytes.Buffer
	for _, s := range list {
		if s.status != "fully-qualified" && s.status != "component" || untoned(s.key()) != s.key() {
			continue
		}
		line := []string{s.group, "", s.text, strings.Join(codesOf(codes, s), " ")}
		if toned[s.key()] {
			line[1] = "toned"
		}
		var found []string
		for i := range languages {
			w := names[i][s.key()]
			if i == 0 && w.name == "" {
				w.name = s.name
			}
			line = append(line, w.name)
			found = append(append(found, "#"+w.name), w.also...)
		}
		line = append(line, folded(found))
		fmt.Fprintln(&out, strings.Join(line, "\t"))
	}
	return os.WriteFile(path, out.Bytes(), 0o644)
}

// untoned drops skin tones from what they colour.
func untoned(key string) string {
	var out strings.Builder
	for i, r := range key {
		if i == 0 || r < 0x1F3FB || r > 0x1F3FF {
			out.WriteRune(r)
		}
	}
	return out.String()
}

// folded joins words in the form they are searched in, each once: names after a
// "#", others after a "|".
func folded(found []string) string {
	var out strings.Builder
	seen := map[string]bool{"": true}
	for _, w := range found {
		mark := "|"
		if name, ok := strings.CutPrefix(w, "#"); ok {
			w, mark = name, "#"
		}
		w = strings.NewReplacer("#", "", "|", "").Replace(strings.TrimSpace(textsearch.Fold(w)))
		if !seen[w] {
			out.WriteString(mark + w)
		}
		seen[w] = true
	}
	return out.String()
}

// annotations is the part of CLDR's files that we read.
type annotations struct {
	List []struct {
		Emoji string `xml:"cp,attr"`
		Type  string `xml:"type,attr"`
		Text  string `xml:",chardata"`
	} `xml:"annotations>annotation"`
}

func readNames(folder, language string) (map[string]words, error) {
	all := map[string]words{}
	for _, kind := range []string{"annotations", "annotationsDerived"} {
		data, err := os.ReadFile(filepath.Join(folder, kind, language+".xml"))
		if err != nil {
			return nil, err
		}
		var file annotations
		if err := xml.Unmarshal(data, &file); err != nil {
			return nil, err
		}
		for _, a := range file.List {
			if strings.Contains(a.Text, "↑") { // "as in the language above"
				continue
			}
			key := strings.ReplaceAll(a.Emoji, variation, "")
			w := all[key]
			if a.Type == "tts" {
				w.name = strings.TrimSpace(a.Text)
			} else {
				w.also = strings.Split(a.Text, "|")
			}
			all[key] = w
		}
	}
	return all, nil
}

// readCodes reads the short codes that people know, by the key of the emoji.
func readCodes(path string) (map[string][]string, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var file struct {
		Data []struct{ ShortNames, Unicode []string }
	}
	if err := json.Unmarshal(data, &file); err != nil {
		return nil, err
	}
	codes := map[string][]string{}
	for _, e := range file.Data {
		text, err := parseCodes(e.Unicode, 10)
		if err != nil {
			return nil, err
		}
		codes[strings.ReplaceAll(text, variation, "")] = e.ShortNames
	}
	return codes, nil
}

// codesOf returns the short codes of an emoji, else one made of its name.
func codesOf(codes map[string][]string, s sequence) []string {
	if c := codes[s.key()]; len(c) > 0 {
		return c
	}
	var out strings.Builder
	for _, r := range textsearch.Fold(s.name) {
		switch {
		case r >= 'a' && r <= 'z' || r >= '0' && r <= '9':
			out.WriteRune(r)
		case out.Len() > 0 && !strings.HasSuffix(out.String(), "_"):
			out.WriteByte('_')
		}
	}
	return []string{strings.Trim(out.String(), "_")}
}
