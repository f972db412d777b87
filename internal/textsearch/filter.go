package textsearch

import (
	"encoding/binary"
	"unicode"
	"unicode/utf8"
)

// Gatherer collects what occurs in a part of a log, for a Filter.
type Gatherer struct{ grams map[uint32]struct{} }

// Add takes a folded text.
func (g *Gatherer) Add(folded string) {
	if g.grams == nil {
		g.grams = make(map[uint32]struct{}, 4096)
	}
	grams(folded, func(h uint32) bool {
		g.grams[h] = struct{}{}
		return true
	})
}

// AddName takes something that is looked for as a whole, such as an id. Names of one
// kind must not be those of another.
func (g *Gatherer) AddName(name []byte) {
	if g.grams == nil {
		g.grams = make(map[uint32]struct{}, 4096)
	}
	g.grams[hashName(name)] = struct{}{}
}

// Filter is a Bloom filter (Bloom 1970) of the pieces of text that occur in a part
// of a log. Its last byte is the number of hashes.
type Filter []byte

// With ten bits a piece and seven hashes, one part in a hundred is looked through
// in vain for a term of one piece; a term of several pieces multiplies that.
const (
	bitsPerGram = 10
	hashes      = 7
)

// Filter returns the filter of everything added.
func (g *Gatherer) Filter() Filter {
	size := max(8, (len(g.grams)*bitsPerGram+7)/8)
	f := make(Filter, size+1)
	f[size] = hashes
	for h := range g.grams {
		f.each(h, func(at uint32) bool {
			f[at/8] |= 1 << (at % 8)
			return true
		})
	}
	return f
}

// each visits the bits of a piece (double hashing, Kirsch and Mitzenmacher 2006).
func (f Filter) each(h uint32, visit func(bit uint32) bool) bool {
	bits := uint32(len(f)-1) * 8 //nolint:gosec // filters are some kilobytes
	a, b := mix(h), mix(h^0x9e3779b9)|1
	for range f[len(f)-1] {
		if !visit(a % bits) {
			return false
		}
		a += b
	}
	return true
}

// mix is the finaliser of MurmurHash3.
func mix(h uint32) uint32 {
	h ^= h >> 16
	h *= 0x85ebca6b
	h ^= h >> 13
	h *= 0xc2b2ae35
	return h ^ h>>16
}

// Valid reports whether bytes can be a filter.
func (f Filter) Valid() bool { return len(f) > 1 && f[len(f)-1] > 0 }

// MayHold reports whether the part can hold a text with this folded term. Terms of a
// single letter of an alphabet are in no filter.
func (f Filter) MayHold(term string) bool {
	return grams(term, f.holds)
}

// MayHoldName reports whether the part can hold what AddName was given.
func (f Filter) MayHoldName(name []byte) bool { return f.holds(hashName(name)) }

func (f Filter) holds(h uint32) bool {
	return f.each(h, func(at uint32) bool { return f[at/8]&(1<<(at%8)) != 0 })
}

// grams visits the pieces of a folded text: pairs, triples of letters, and single
// signs of scripts that need no more for a word. False ends it, and is passed on.
func grams(s string, visit func(uint32) bool) bool {
	var a, b rune // the two before r
	for _, r := range s {
		if r == ' ' {
			a, b = 0, 0
			continue
		}
		if sign(r) && !visit(hash(0, 0, r)) {
			return false
		}
		if b != 0 && !visit(hash(0, b, r)) {
			return false
		}
		if a != 0 && !sign(r) && !visit(hash(a, b, r)) {
			return false
		}
		a, b = b, r
	}
	return true
}

// sign reports a character that stands for more than a sound.
func sign(r rune) bool { return r >= utf8.RuneSelf && unicode.In(r, unicode.Han, unicode.Hangul) }

// hashName is FNV-1a, from another beginning than pieces of text.
func hashName(name []byte) uint32 {
	h := uint32(2166136261) ^ 0x5bd1e995
	for _, c := range name {
		h = (h ^ uint32(c)) * 16777619
	}
	return h
}

// hash is FNV-1a over the characters.
func hash(runes ...rune) uint32 {
	h := uint32(2166136261)
	var b [4]byte
	for _, r := range runes {
		binary.LittleEndian.PutUint32(b[:], uint32(r)) //nolint:gosec // a rune
		for _, c := range b {
			h = (h ^ uint32(c)) * 16777619
		}
	}
	return h
}
