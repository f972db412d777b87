// Package storagetest checks engines of package storage: one conformance suite
// and one random comparison with memstore, both against any engine. It owns what
// the interface's comments promise, as tests; it must never know an engine from
// the inside.
package storagetest

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"hearth/chat"
	"hearth/server/storage"
)

// Engine is what is tested.
type Engine struct {
	// Open opens the data in a folder, which may be empty.
	Open func(dir string) (storage.Store, error)
	// Keeps says that the data outlive Close.
	Keeps bool
}

// Run runs the conformance suite. Every test ends with Verify.
func Run(t *testing.T, e Engine) {
	for _, test := range []struct {
		name string
		run  func(*harness)
	}{
		{"Epoch", testEpoch},
		{"Append", testAppend},
		{"HistoryRule", testHistoryRule},
		{"AppendRefused", testAppendRefused},
		{"AppendInOrder", testAppendInOrder},
		{"AppendCopies", testAppendCopies},
		{"Read", testRead},
		{"ReadLong", testReadLong},
		{"ChainAt", testChainAt},
		{"FindMID", testFindMID},
		{"Erased", testErased},
		{"Erase", testErase},
		{"Changes", testChanges},
		{"Purge", testPurge},
		{"PurgeJournal", testPurgeJournal},
		{"Room", testRoom},
		{"Lists", testLists},
		{"UnknownRoom", testUnknownRoom},
		{"Concurrent", testConcurrent},
		{"CloseWhileWaiting", testCloseWhileWaiting},
		{"Closed", testClosed},
		{"Context", testContext},
		{"CreateAccount", testCreateAccount},
		{"CreateAccountAtOnce", testCreateAccountAtOnce},
		{"ResetAccount", testResetAccount},
		{"ResetAccountEnds", testResetAccountEnds},
		{"RecoverAccount", testRecoverAccount},
		{"RecoverAccountEnds", testRecoverAccountEnds},
		{"Accounts", testAccounts},
		{"Devices", testDevices},
		{"RevokeOtherDevices", testRevokeOtherDevices},
		{"SetVerifier", testSetVerifier},
		{"Privacy", testPrivacy},
		{"Deletion", testDeletion},
		{"Cards", testCards},
		{"Markers", testMarkers},
		{"Contents", testContents},
		{"Invites", testInvites},
		{"Settings", testSettings},
	} {
		t.Run(test.name, func(t *testing.T) {
			h := &harness{T: t, engine: e, dir: t.TempDir()}
			h.open()
			defer h.close()
			test.run(h)
		})
	}
}

// harness is one test's store.
type harness struct {
	*testing.T
	engine Engine
	dir    string
	storage.Store
}

// patience is how long a whole test may take. One with the race detector beside much other
// work was seen to take half a minute.
const patience = 5 * time.Minute

// ctx is the test's context with a limit, so that a lost answer fails the test.
func (h *harness) ctx() context.Context {
	ctx, cancel := context.WithTimeout(h.Context(), patience)
	h.Cleanup(cancel)
	return ctx
}

func (h *harness) open() {
	h.Helper()
	s, err := h.engine.Open(h.dir)
	h.must(err)
	h.Store = s
}

func (h *harness) close() {
	h.Helper()
	if err := h.Verify(context.Background()); err != nil && !errors.Is(err, storage.ErrClosed) {
		h.Errorf("Verify: %v", err)
	}
	h.must(h.Close())
}

// reopen closes and opens the store, if its data outlive that.
func (h *harness) reopen() {
	h.Helper()
	if h.engine.Keeps {
		h.close()
		h.open()
	}
}

// twice runs fn as things are and after reopening.
func (h *harness) twice(fn func()) {
	h.Helper()
	fn()
	h.reopen()
	fn()
}

func (h *harness) must(err error) {
	h.Helper()
	if err != nil {
		h.Fatal(err)
	}
}

// is checks an error by kind.
func (h *harness) is(err, want error) {
	h.Helper()
	if !errors.Is(err, want) {
		h.Errorf("error %v, want %v", err, want)
	}
}

// same compares two values, empty and nil being equal.
func (h *harness) same(what string, got, want any) {
	h.Helper()
	if diff := diff(got, want); diff != "" {
		h.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

func diff(got, want any) string {
	if reflect.DeepEqual(got, want) { // cmp takes seconds for a long log
		return ""
	}
	return cmp.Diff(want, got, cmpopts.EquateEmpty())
}

// append hands a batch over and waits.
func (h *harness) append(b *storage.Batch) error {
	h.Helper()
	return appendWait(h.ctx(), h.Store, b)
}

// put appends a batch that must succeed.
func (h *harness) put(b *storage.Batch) *storage.Batch {
	h.Helper()
	h.must(h.append(b))
	return b
}

func appendWait(ctx context.Context, s storage.Store, b *storage.Batch) error {
	answer := make(chan error, 2)
	s.Append(b, func(err error) { answer <- err })
	select {
	case err := <-answer:
		return err
	case <-ctx.Done():
		return fmt.Errorf("no answer to Append: %w", ctx.Err())
	}
}

// read returns all events of a room.
func (h *harness) read(room chat.RoomID) []chat.Event {
	h.Helper()
	p, err := h.Read(h.ctx(), room, 1, 1<<50, 1<<20, 1<<30)
	h.must(err)
	return p.Events
}

func eventsOf(batches ...*storage.Batch) (events []chat.Event) {
	for _, b := range batches {
		for i := range b.Entries {
			events = append(events, b.Entries[i].Event)
		}
	}
	return events
}

// sorted orders identifiers and whatever else prints, for comparison.
func sorted[T any](list []T) []T {
	list = slices.Clone(list)
	slices.SortFunc(list, func(a, b T) int { return strings.Compare(fmt.Sprint(a), fmt.Sprint(b)) })
	return list
}
