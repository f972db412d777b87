package wire

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"testing"

	"hearth/chat"
)

// TestSigningInputs fixes what is signed, byte for byte; only hashes are kept
// here. The values were computed a second time from docs/protocol.md alone.
func TestSigningInputs(t *testing.T) {
	b := Binding{Server: sampleServer, Epoch: sampleEpoch, Exporter: hash32(0x01), Nonce: hash32(0x02), Hello: HashHello(`{"x":1}`)}
	inputs := map[string]struct {
		input []byte
		size  int
		want  string
	}{
		"hello":        {HelloInput(b.Exporter, `{"x":1}`), 15 + 64, "1a8009eccfcd7ab8"},
		"auth":         {AuthInput(b, sampleDevice, hash32(0x03)), 14 + 32 + 16 + 16 + 4*32, "b7975e94469df56c"},
		"enrol":        {EnrolInput(b, "record"), 15 + 32 + 16 + 4*32, "7f2f6896195a573b"},
		"invite":       {InviteInput(b, "record"), 16 + 32 + 16 + 4*32, "bfae9bf0a277ca0c"},
		"reset":        {ResetInput(b, "record"), 15 + 32 + 16 + 4*32, "22cd172f742d63e1"},
		"recover":      {RecoverInput(b, "record"), 17 + 32 + 16 + 4*32, "2dcf1456da0df665"},
		"invite check": {InviteCheckInput(b), 22 + 32 + 16 + 4*32, "a5247f53e50674ca"},
	}
	u := b
	u.Unbound, u.Exporter = true, [ExporterLength]byte{}
	for name, input := range map[string][]byte{
		"hello": HelloUnboundInput(hash32(0x01), `{"x":1}`), "auth": AuthInput(u, sampleDevice, hash32(0x03)),
		"enrol": EnrolInput(u, "record"), "invite": InviteInput(u, "record"), "reset": ResetInput(u, "record"), "invite-check": InviteCheckInput(u),
	} {
		// The same fields behind another label.
		label, fields, _ := bytes.Cut(input, []byte{0})
		if string(label) != "hearth-"+name+"-unbound-1" {
			t.Errorf("%s: label %q", name, label)
		}
		bound := inputs[strings.ReplaceAll(name, "-", " ")]
		if want := bound.size - len("hearth-"+name+"-1") - 1; len(fields) != want {
			t.Errorf("%s: %d bytes behind the label, want %d", name, len(fields), want)
		}
	}
	seen := map[string]bool{}
	for name, test := range inputs {
		sum := sha256.Sum256(test.input)
		if got := hex.EncodeToString(sum[:8]); got != test.want || len(test.input) != test.size {
			t.Errorf("%s: %s, %d bytes; want %s, %d", name, got, len(test.input), test.want, test.size)
		}
		if seen[string(test.input)] {
			t.Errorf("%s equals another input", name)
		}
		seen[string(test.input)] = true
	}
	base := string(AuthInput(b, sampleDevice, hash32(3)))
	for name, change := range map[string]func(*Binding){
		"server":   func(b *Binding) { b.Server[0]++ },
		"epoch":    func(b *Binding) { b.Epoch[0]++ },
		"exporter": func(b *Binding) { b.Exporter[0]++ },
		"nonce":    func(b *Binding) { b.Nonce[0]++ },
		"hello":    func(b *Binding) { b.Hello[0]++ },
	} {
		other := b
		change(&other)
		if string(AuthInput(other, sampleDevice, hash32(3))) == base || string(EnrolInput(other, "record")) == string(EnrolInput(b, "record")) {
			t.Errorf("%s is not signed", name)
		}
	}
	if string(AuthInput(b, chat.DeviceID{}, hash32(3))) == base || string(AuthInput(b, sampleDevice, hash32(4))) == base {
		t.Error("device or client nonce is not signed")
	}
}
