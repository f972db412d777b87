//go:build race

package testkit

// Race reports whether the race detector is on, which makes everything five
// to twenty times slower. Tests that judge time leave the judgement out then:
//
//	if took > limit && !testkit.Race { t.Errorf(…) }
const Race = true
