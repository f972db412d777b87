package assets

import "embed"

// Translations holds the words of the window: translation/LANG.json, one flat
// object per language in the form of go-i18n (a text, or plural forms as CLDR
// names them).
//
//go:embed translation/*.json
var Translations embed.FS
