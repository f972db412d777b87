package check

import (
	"cmp"
	"math"
	"slices"
	"time"

	"github.com/anishathalye/porcupine"
)

// placed are the sends that have a place on the server, with it.
func placed(r *Records) []Send {
	at := make(map[string]uint64, len(r.Server.Events))
	for i := range r.Server.Events {
		if e := &r.Server.Events[i]; e.Kind == message {
			at[e.Text] = e.Seq
		}
	}
	list := make([]Send, 0, len(r.Sends))
	for _, s := range r.Sends {
		seq, there := at[s.Text]
		if !there {
			continue
		}
		s.Seq = seq
		list = append(list, s)
	}
	return list
}

// RealTime: what was typed after something had been shown stands behind it. The
// sequence is the witness of the order, so sorting is enough: n log n.
func RealTime(r *Records) []Violation {
	f := findings{check: "I6 real time"}
	sends := placed(r)
	done := slices.DeleteFunc(slices.Clone(sends), func(s Send) bool { return s.Done == 0 })
	slices.SortFunc(done, func(a, b Send) int { return cmp.Compare(a.Done, b.Done) })
	slices.SortFunc(sends, func(a, b Send) int { return cmp.Compare(a.Began, b.Began) })
	var highest Send
	for _, s := range sends {
		for len(done) > 0 && done[0].Done < s.Began {
			if done[0].Seq > highest.Seq {
				highest = done[0]
			}
			done = done[1:]
		}
		if s.Seq <= highest.Seq && s.Text != highest.Text {
			f.add("%q was typed after %q had been shown, and stands at %d before %d", s.Text, highest.Text, s.Seq, highest.Seq)
		}
	}
	return f.result()
}

// windowOps bounds what one linearizability check takes.
const windowOps = 2000

// append and read are the operations of the model.
type (
	appending struct{ seq uint64 } // takes exactly the next place
	reading   struct{ seq uint64 } // sees at least so much
)

// model is a log: an append takes the next place, a read sees a prefix that is
// at least as long as what it showed.
var model = porcupine.Model{
	Init: func() any { return uint64(0) },
	Step: func(state, input, _ any) (bool, any) {
		head := state.(uint64)
		switch in := input.(type) {
		case appending:
			return in.seq == head+1, in.seq
		case reading:
			return in.seq <= head, head
		}
		return false, head
	},
	Equal: func(a, b any) bool { return a == b },
}

// searching bounds one window. The model leaves nothing to choose, so a correct
// history takes milliseconds; running out counts as a violation.
const searching = 20 * time.Second

// Linearizable gives windows of the log to porcupine: the appends of neighbouring
// places with the times at which they were asked for and known to have happened,
// and what others were shown meanwhile.
func Linearizable(r *Records) []Violation {
	f := findings{check: "I6 linearizable"}
	sends := placed(r)
	slices.SortFunc(sends, func(a, b Send) int { return cmp.Compare(a.Seq, b.Seq) })
	for _, w := range windows(sends) {
		ops := history(w, r.Seen)
		switch result, _ := porcupine.CheckOperationsVerbose(model, ops, searching); result {
		case porcupine.Illegal:
			f.add("no order of the operations explains places %d to %d", w[0].Seq, w[len(w)-1].Seq)
		case porcupine.Unknown:
			f.add("places %d to %d were not decided within %v", w[0].Seq, w[len(w)-1].Seq, searching)
		}
	}
	return f.result()
}

// windows cuts sends that stand side by side into pieces; where other events
// stand between them, or somebody's typing was not recorded, a new one begins.
func windows(sends []Send) (list [][]Send) {
	from := 0
	for i := 1; i <= len(sends); i++ {
		if i < len(sends) && sends[i].Seq == sends[i-1].Seq+1 && i-from < windowOps/2 {
			continue
		}
		if i-from > 1 {
			list = append(list, sends[from:i])
		}
		from = i
	}
	return list
}

// history makes a window's operations. Places count from the window's start.
func history(w []Send, seen []Sighting) []porcupine.Operation {
	base := w[0].Seq - 1
	ops := make([]porcupine.Operation, 0, windowOps)
	for i, s := range w {
		end := int64(math.MaxInt64)
		if s.Done > 0 {
			end = int64(s.Done)
		}
		ops = append(ops, porcupine.Operation{ClientId: i, Input: appending{s.Seq - base}, Call: int64(s.Began), Return: end})
	}
	every := max(1, len(seen)/max(1, windowOps/2)) // thinned out evenly
	for i := range seen {
		s := &seen[i]
		if i%every != 0 || s.Seq <= base || s.Seq > w[len(w)-1].Seq || len(ops) >= windowOps {
			continue
		}
		// It was shown at this moment, so it was there then.
		ops = append(ops, porcupine.Operation{ClientId: len(ops), Input: reading{s.Seq - base}, Call: int64(s.At) - 1, Return: int64(s.At)})
	}
	return ops
}
