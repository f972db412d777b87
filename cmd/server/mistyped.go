package main

import (
	"fmt"
	"reflect"
	"slices"

	"github.com/BurntSushi/toml"
)

// mistyped finds a value of a configuration that is of another type than its key wants,
// and says what it must be; nil: there is none. The package toml says so in Go's words.
func mistyped(text string) (toml.Key, string) {
	var values map[string]any
	if _, err := toml.Decode(text, &values); err != nil {
		return nil, ""
	}
	return mistypedIn(values, reflect.ValueOf(defaultFile()), nil)
}

// mistypedIn is mistyped of a section.
func mistypedIn(values map[string]any, section reflect.Value, in toml.Key) (toml.Key, string) {
	for i := range section.NumField() {
		name := section.Type().Field(i).Tag.Get("toml")
		got, there := values[name]
		if !there {
			continue
		}
		key, fits, want := append(slices.Clone(in), name), true, ""
		switch section.Field(i).Interface().(type) {
		case string:
			_, fits = got.(string)
			want = fmt.Sprintf(`a text in quotes, as in %s = "…"`, name)
		case []string:
			fits = isTexts(got)
			want = fmt.Sprintf(`a list of texts in quotes, as in %s = ["…"]`, name)
		case interval: // says so itself
		case int:
			_, fits = got.(int64)
			want = fmt.Sprintf("a whole number, as in %s = 1", name)
		case bool:
			_, fits = got.(bool)
			want = "true or false"
		default:
			inner, is := got.(map[string]any)
			if is {
				if key, want := mistypedIn(inner, section.Field(i), key); key != nil {
					return key, want
				}
				continue
			}
			fits, want = false, fmt.Sprintf("a section: [%s] in a line, and its keys below", name)
		}
		if !fits {
			return key, want
		}
	}
	return nil, ""
}

// isTexts reports whether a value is a list of texts.
func isTexts(value any) bool {
	list, is := value.([]any)
	return is && !slices.ContainsFunc(list, func(v any) bool {
		_, text := v.(string)
		return !text
	})
}
