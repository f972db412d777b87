package server

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"testing"

	"hearth/chat"
	"hearth/net/wire"
)

// allTransfers are the HTTP requests about contents, and how each is made.
var allTransfers = map[Transfer]string{
	TransferCreate: http.MethodPost, TransferState: http.MethodHead, TransferPiece: http.MethodPatch,
	TransferCancel: http.MethodDelete, TransferFetch: http.MethodGet,
}

// TestTransferRules: every transfer by everybody, in every room, with the token of
// every kind of connection.
func TestTransferRules(t *testing.T) {
	o := keeping(t, nil)
	o.Limits.RoomsPerAccount = 1000
	w := newWorld(t, nil, o)
	owner, member, former, removed, outsider := w.person(), w.person(), w.person(), w.person(), w.person()
	who := map[Standing]*raw{StandingOwner: owner, StandingMember: member, StandingFormer: former, StandingRemoved: removed, StandingOutsider: outsider}
	between, _ := owner.direct(member)
	cells := 0
	for kind := range transfers {
		if allTransfers[kind] == "" {
			t.Errorf("%s is in the table and not here", kind)
		}
	}
	for kind, method := range allTransfers {
		rule, ok := transfers[kind]
		if !ok || len(rule.states) != len(allStates) {
			t.Errorf("%s is not in the table, or not with every state", kind)
		}
		if rule.room != "" && rules[rule.room] == nil {
			t.Errorf("%s needs a right that there is not", kind)
		}
		for _, s := range allStandings {
			for _, a := range allAccess {
				said := fmt.Appendf(nil, "said in a room: %s, %s, %s", kind, s, a)
				room := between
				if rule.room != "" { // else it is about no room
					if a != chat.AccessDirect {
						room, _ = owner.found(a, member.account, former.account, removed.account)
						former.say(room, chat.KindLeave, `{}`)
						owner.remove(room, removed)
					}
					newCourier(owner).upload(said)
					owner.say(room, chat.KindMessage, naming(said))
				}
				for _, state := range allStates {
					cells++
					want := map[Transfer]int{TransferCreate: 201, TransferState: 200, TransferPiece: 204, TransferCancel: 204, TransferFetch: 200}[kind]
					switch {
					case state != SessionReady:
						want = http.StatusUnauthorized
					case kind == TransferFetch && !expected(OpRead, s, a):
						want = http.StatusNotFound
					}
					own := fmt.Appendf(nil, "one's own: %s, %s, %s, %s", kind, s, a, state)
					k := courierIn(t, who[s], state, own, kind)
					path, head := "/"+spell(own), []string{}
					switch kind {
					case TransferCreate:
						path, head = "", []string{wire.HeaderLength, strconv.Itoa(len(own)), wire.HeaderContent, spell(own)}
					case TransferPiece:
						head = []string{wire.HeaderOffset, "0", wire.HeaderPiece, spell(own)}
					case TransferFetch:
						path = "/" + spell(said) + "?room=" + room.String()
					}
					if kind != TransferPiece {
						own = nil
					}
					if resp, _ := k.do(method, path, own, head...); resp.StatusCode != want {
						t.Errorf("%s by %s in a room that is %s, connection %s: %s, want %d", kind, s, a, state, resp.Status, want)
					}
				}
			}
		}
	}
	if cells != len(transfers)*len(allStandings)*len(allAccess)*len(allStates) {
		t.Errorf("%d cells", cells)
	}
	if AdmittedTransfer("nothing", SessionReady) || AdmittedTransfer(TransferFetch, "anybody") {
		t.Error("something unknown is admitted")
	}
}

// courierIn returns a courier with the token of a connection in a certain state, with
// an upload begun where a transfer needs one.
func courierIn(t *testing.T, who *raw, state SessionState, content []byte, kind Transfer) *courier {
	t.Helper()
	begin := func(k *courier) *courier {
		if kind == TransferState || kind == TransferPiece || kind == TransferCancel {
			k.create(content)
		}
		return k
	}
	switch state {
	case SessionStranger:
		k := begin(newCourier(who))
		k.token = spell(content) // as long as one
		return k
	case SessionReady:
		return begin(newCourier(who))
	case SessionRemoved:
		c := who.second()
		t.Cleanup(func() { _ = c.ws.CloseNow() })
		k := begin(newCourier(c))
		live := who.w.server.hub.device(c.deviceID())
		if err := who.w.store.RevokeDevice(t.Context(), c.deviceID()); err != nil {
			t.Fatal(err)
		}
		live.expelled.Store(true) // the moment between the removal and the close
		return k
	}
	t.Fatal("unknown state")
	return nil
}

// TestThumbNamed: the small picture that a message names has to be there and to be its
// author's to name, like the picture itself: else a message would make others' contents
// readable by their hash alone.
func TestThumbNamed(t *testing.T) {
	w := newWorld(t, nil, keeping(t, nil))
	ann, eve := w.person(), w.person()
	secret, picture, thumb := []byte("a secret of ann's"), []byte("a picture"), []byte("a thumb")
	room, _ := ann.found(chat.AccessClosed)
	newCourier(ann).upload(secret)
	ann.say(room, chat.KindMessage, naming(secret))
	k := newCourier(eve)
	k.upload(picture)
	own, _ := eve.found(chat.AccessClosed)
	body := func(small []byte, size int) string {
		f := chat.File{Hash: sha256.Sum256(picture), Size: int64(len(picture)), Name: "a.png", Type: "image/png", Width: 8, Height: 8}
		f.Thumb = &chat.Thumb{Hash: sha256.Sum256(small), Size: int64(size), Width: 4, Height: 4}
		raw, err := json.Marshal(chat.Text{Files: []chat.File{f}})
		if err != nil {
			t.Fatal(err)
		}
		return string(raw)
	}
	eve.wants(own, chat.KindMessage, body(thumb, len(thumb)), chat.CodeFileGone, "/body/files/0/thumb/hash")
	eve.wants(own, chat.KindMessage, body(secret, len(secret)), chat.CodeFileGone, "/body/files/0/thumb/hash")
	k.upload(thumb)
	eve.wants(own, chat.KindMessage, body(thumb, len(thumb)+1), chat.CodeBadValue, "/body/files/0/thumb/size")
	eve.say(own, chat.KindMessage, body(thumb, len(thumb)))
}
