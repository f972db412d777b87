package secret

import (
	"crypto/sha256"
	"encoding/base64"
	"errors"

	"hearth/chat"
)

// The binary form of the two items; see the package comment.
const (
	magicDevice   = "hd"
	magicDatabase = "hk"
	itemFormat    = 1
	sumBytes      = 8

	deviceBytes   = 2 + 1 + 32 + 16 + 16 + 32 + sumBytes
	databaseBytes = 2 + 1 + 32 + sumBytes

	// maxItemBytes is what every keyring takes; a test holds the items below it.
	maxItemBytes = 512
)

var errNotOurs = errors.New("it is not what Hearth wrote")

var itemText = base64.RawURLEncoding.Strict()

func encodeDevice(b *Bundle) []byte {
	out := make([]byte, 0, deviceBytes)
	out = append(out, magicDevice...)
	out = append(out, itemFormat)
	out = append(out, b.Server[:]...)
	out = append(out, b.Account[:]...)
	out = append(out, b.Device[:]...)
	out = append(out, b.Seed[:]...)
	return withSum(out)
}

func decodeDevice(data []byte, b *Bundle) error {
	body, err := checkItem(data, magicDevice, deviceBytes)
	if err != nil {
		return err
	}
	body = body[copy(b.Server[:], body):]
	body = body[copy(b.Account[:], body):]
	body = body[copy(b.Device[:], body):]
	copy(b.Seed[:], body)
	return nil
}

func encodeDatabase(b *Bundle) []byte {
	out := make([]byte, 0, databaseBytes)
	out = append(out, magicDatabase...)
	out = append(out, itemFormat)
	out = append(out, b.Key[:]...)
	return withSum(out)
}

func decodeDatabase(data []byte, b *Bundle) error {
	body, err := checkItem(data, magicDatabase, databaseBytes)
	if err != nil {
		return err
	}
	copy(b.Key[:], body)
	return nil
}

func withSum(b []byte) []byte {
	sum := sha256.Sum256(b)
	return append(b, sum[:sumBytes]...)
}

// checkItem returns what lies between the header and the sum.
func checkItem(data []byte, magic string, size int) ([]byte, error) {
	if len(data) != size || string(data[:2]) != magic || data[2] != itemFormat {
		return nil, errNotOurs
	}
	body := data[:size-sumBytes]
	sum := sha256.Sum256(body)
	if string(sum[:sumBytes]) != string(data[size-sumBytes:]) {
		return nil, errNotOurs
	}
	return body[3:], nil
}

func itemToText(b []byte) string { return itemText.EncodeToString(b) }

func itemFromText(text string) ([]byte, error) {
	if len(text) > itemText.EncodedLen(maxItemBytes) {
		return nil, errNotOurs
	}
	b, err := itemText.DecodeString(text)
	if err != nil {
		return nil, errNotOurs
	}
	return b, nil
}

// fits checks that a bundle read under ref is the one meant: same server, same
// device, and a seed that makes this device's key.
func (b *Bundle) fits(ref Ref) error {
	if b.Ref() != ref || b.derivedDevice() != ref.Device || b.Key.IsZero() {
		return errNotOurs
	}
	return nil
}

func (b *Bundle) derivedDevice() chat.DeviceID {
	private := b.Seed.PrivateKey()
	defer clear(private)
	return chat.DeviceIDOf(private[32:])
}
