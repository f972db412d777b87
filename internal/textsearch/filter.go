package textsearch

import (
	"unicode"
	"unicode/utf8"
)

// Gatherer collects what occurs in a part of a log, for a Filter.
type Gatherer struct{ grams set }

// Add takes a folded text.
func (g *Gatherer) Add(folded string) {
	grams(folded, func(h uint32) bool {
		g.grams.add(h)
		return true
	})
}

// AddName takes something that is looked for as a whole, such as an id. Names of one
// kind must not be those of another.
func (g *Gatherer) AddName(name []byte) { g.grams.add(hashName(name)) }

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
	size := max(8, (g.grams.len()*bitsPerGram+7)/8)
	f := make(Filter, size+1)
	f[size] = hashes
	g.grams.each(func(h uint32) {
		f.each(h, func(at uint32) bool {
			f[at/8] |= 1 << (at % 8)
			return true
		})
	})
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
	h := uint32(fnvBasis) ^ 0x5bd1e995
	for _, c := range name {
		h = (h ^ uint32(c)) * fnvPrime
	}
	return h
}

// FNV-1a, and what it does with a character's four bytes at once where three are zero.
const (
	fnvBasis  = 2166136261
	fnvPrime  = 16777619
	fnvPrime4 = fnvPrime * fnvPrime % (1 << 32) * fnvPrime % (1 << 32) * fnvPrime % (1 << 32)
)

// hash is FNV-1a over three characters, four bytes each, the lowest first. Filters on
// disk were made with it.
func hash(a, b, c rune) uint32 { return more(more(more(fnvBasis, a), b), c) }

func more(h uint32, r rune) uint32 {
	if u := uint32(r); u >= 0x100 { //nolint:gosec // a rune
		h = (h ^ u&0xff) * fnvPrime
		h = (h ^ u>>8&0xff) * fnvPrime
		h = (h ^ u>>16&0xff) * fnvPrime
		return (h ^ u>>24) * fnvPrime
	}
	return (h ^ uint32(r)) * fnvPrime4 //nolint:gosec // a rune
}
