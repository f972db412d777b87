package secret

import (
	"testing"

	"hearth/chat"
)

// FuzzItem: whatever a keyring gives back, it is the bundle that was stored, or
// refused.
func FuzzItem(f *testing.F) {
	stored := NewBundle(chat.ServerID{1})
	f.Add(itemToText(encodeDevice(&stored)), itemToText(encodeDatabase(&stored)))
	other := NewBundle(chat.ServerID{1})
	f.Add(itemToText(encodeDevice(&other)), itemToText(encodeDatabase(&other)))
	f.Add(itemToText(encodeDatabase(&stored)), itemToText(encodeDevice(&stored)))
	f.Add("", "not base64 at all \x00")
	f.Fuzz(func(t *testing.T, device, database string) {
		d, err := itemFromText(device)
		if err != nil {
			return
		}
		k, err := itemFromText(database)
		if err != nil {
			return
		}
		var b Bundle
		if decodeDevice(d, &b) != nil || decodeDatabase(k, &b) != nil || b.fits(stored.Ref()) != nil {
			return
		}
		if b.Seed != stored.Seed || b.Server != stored.Server {
			t.Fatal("a bundle of another device was taken for this one")
		}
	})
}
