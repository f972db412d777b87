package app

import (
	"bytes"
	"context"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"hearth/chat"
	"hearth/net/link/linktest"
	"hearth/store/secret"
)

// canaries are what must appear in no log line, no metric, no error and no file
// in the clear. Each is unlike anything else.
var canaries = map[string]string{
	"password":         "canary-password tulip 4471",
	"wrong password":   "canary-wrong-password heron 9923",
	"new password":     "canary-new-password maple 5512",
	"message":          "canary-message the cellar key is under the third stone",
	"refused message":  "canary-refused ",
	"waiting message":  "canary-waiting message of the evening",
	"draft":            "canary-draft not yet said",
	"topic":            "canary-topic where we meet",
	"message, unicode": "canary-ünïcode 鍵は石の下 🗝",
	"shut out message": "canary-shut-out message that nobody may have yet",
	"status":           "canary-status at the doctor's",
	"reset password":   "canary-reset-password willow 8830",
	"recovered":        "canary-recovered-password aspen 2764",
	"key of a file":    "canary-key-of-an-authority",
}

// paper is a log that everybody writes to.
type paper struct {
	mu sync.Mutex
	b  bytes.Buffer
}

// Write implements io.Writer.
func (p *paper) Write(b []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.b.Write(b)
}

func (p *paper) log(who string) *slog.Logger {
	return slog.New(slog.NewTextHandler(p, &slog.HandlerOptions{Level: slog.LevelDebug, AddSource: true})).With("who", who)
}

// note writes down an error in every way in which somebody might print it.
func (p *paper) note(err error) {
	if err == nil {
		return
	}
	fmt.Fprintf(p, "%v\n%+v\n%#v\n%q\n", err, err, err, err.Error())
	var failed *Failed
	if errors.As(err, &failed) {
		fmt.Fprintf(p, "%+v\n%+v\n", *failed, failed.Err)
	}
}

// TestCanaries lets a server and its people go through what the programs can do
// and what can go wrong, all logs at the debug level, and looks for secrets and
// texts in every line, metric, error and file.
func TestCanaries(t *testing.T) {
	bubble(t, func(t *testing.T) {
		var printed paper
		w := newWorld(t, func(l *chat.Limits) { l.TextChars, l.OutboxEntries = 200, 50 })
		w.stop(true)
		w.options.Log = printed.log("server")
		w.start()
		defer w.close()
		secrets := map[string][]byte{}
		for name, text := range canaries {
			secrets[name] = []byte(text)
		}
		ann, bob := w.stranger("ann"), w.stranger("bob")
		for _, p := range []*person{ann, bob} {
			p.log = printed.log(p.name)
			p.run().welcomed()
			defer p.quit()
		}
		liveCanaries(t, w, ann, bob, &printed, secrets)
		metrics, err := w.srv.Metrics().Gather()
		must(t, err)
		fmt.Fprintf(&printed, "%v\n%+v\n", metrics, ann.View().Connection)
		for _, p := range []*person{ann, bob} {
			ringSecrets(t, p, secrets)
			if found := linktest.Leaks(files(t, p.dir), secrets); len(found) > 0 {
				t.Errorf("in the files of %s: %v", p.name, found)
			}
		}
		printed.mu.Lock()
		defer printed.mu.Unlock()
		if n := bytes.Count(printed.b.Bytes(), []byte("level=")); n < 20 {
			t.Fatalf("only %d log lines: the test shows nothing", n)
		}
		if control := linktest.Leaks(fmt.Appendf(printed.b.Bytes(), "%q", "so "+canaries["message"]), secrets); len(control) == 0 {
			t.Fatal("the search finds nothing")
		}
		if found := linktest.Leaks(printed.b.Bytes(), secrets); len(found) > 0 {
			for line := range strings.Lines(printed.b.String()) {
				if len(linktest.Leaks([]byte(line), secrets)) > 0 {
					t.Logf("%.400s", line)
				}
			}
			t.Errorf("printed: %v", found)
		}
	})
}

// liveCanaries goes through everything, right and wrong.
func liveCanaries(t *testing.T, w *world, ann, bob *person, printed *paper, secrets map[string][]byte) {
	ctx := t.Context()
	text := func(name string) []byte { return []byte(canaries[name]) }
	first := w.invite()
	keepInvite(t, first, secrets)
	_, err := ann.CheckInvite(ctx, first+"x")
	printed.note(err)
	printed.note(ann.Join(ctx, JoinRequest{Link: first, Name: "!!", Display: "Ann", Password: text("password")}))
	must(t, ann.Join(ctx, JoinRequest{Link: first, Name: "ann", Display: "Ann", Password: text("password")}))
	ann.live()
	keepRecovery(ann, "ann's first", secrets)
	_ = ann.Recover(ctx, RecoverRequest{Link: first, Name: "ann", Key: ann.recovery().Key.Sheet(), Password: text("password")})
	fmt.Fprintf(printed, "%v %+v %#v\n", ann.recovery(), ann.View().Me, ann.recovery())
	printed.note(CheckRecoveryKey(strings.Replace(ann.recovery().Key.Sheet(), "-", "*", 1)))
	printed.note(ann.NewRecoveryKey(ctx, text("wrong password")))
	must(t, ann.NewRecoveryKey(ctx, text("password")))
	keepRecovery(ann, "ann's second", secrets)
	made, err := ann.CreateInvite(ctx, 1, time.Hour)
	must(t, err)
	keepInvite(t, made.Link, secrets)
	l, err := chat.ParseLink(made.Link)
	must(t, err)
	printed.log("test").Info("an invite", "link", l, "secret", l.Secret, "id", made.ID)
	fmt.Fprintf(printed, "%v %+v %#v %s\n", l.Secret, l.Secret, l.Secret, l.Secret)
	must(t, bob.Join(ctx, JoinRequest{Link: made.Link, Name: "bob", Display: "Bob", Password: text("new password")}))
	printed.note(ann.Join(ctx, JoinRequest{Link: made.Link, Name: "ann", Display: "Ann", Password: text("password")}))

	ann.say(w.general, canaries["message"], canaries["message, unicode"])
	ann.SetDraft(w.general, chat.Draft{Text: canaries["draft"]})
	must(t, ann.SetTopic(ctx, w.general, canaries["topic"]))
	ann.sent()
	bob.live().until("the messages", func(*View) bool { return len(bob.texts(w.general)) == 2 })
	_, err = ann.Send(ctx, w.general, canaries["refused message"]+strings.Repeat("x", 500))
	printed.note(err)
	printed.note(ann.SetDisplay(ctx, strings.Repeat("x", 500)))

	// Passwords: wrong, weak, changed; another device; removed.
	for _, fresh := range []string{"short", "password"} {
		printed.note(ann.ChangePassword(ctx, PasswordRequest{Present: text("password"), Fresh: []byte(fresh)}))
	}
	printed.note(ann.ChangePassword(ctx, PasswordRequest{Present: text("wrong password"), Fresh: text("new password")}))
	must(t, ann.ChangePassword(ctx, PasswordRequest{Present: text("password"), Fresh: text("new password")}))
	for _, password := range []string{"wrong password", "password"} {
		_, err := ann.logIn(canaries[password])
		printed.note(err)
	}
	id, err := ann.logIn(canaries["new password"])
	must(t, err)
	must(t, ann.RemoveDevice(ctx, id))
	printed.note(ann.RemoveDevice(ctx, id))
	printed.note(ann.RevokeInvite(ctx, made.ID))

	// The server goes and comes, the network breaks, messages wait.
	w.stop(false)
	ann.say(w.general, canaries["waiting message"])
	_, err = ann.People(ctx)
	printed.note(err)
	w.start()
	ann.TryNow()
	ann.live().sent()
	w.net.CutAll()
	time.Sleep(time.Minute)
	ann.live()
	accountCanaries(t, w, ann, bob, printed, secrets)
	printed.note(bob.DeleteAccount(ctx, DeleteRequest{Password: text("wrong password"), Erase: true}))
	must(t, bob.DeleteAccount(ctx, DeleteRequest{Password: text("reset password"), Erase: true}))
	bob.until("the end", func(v *View) bool { return v.Connection.Reason == ReasonDeleted })
	must(t, ann.RemoveDevice(ctx, ann.View().Me.Device))
	ann.until("the end", func(v *View) bool { return v.Connection.State == ConnStopped })
}

// accountCanaries goes through what may become of an account, and of those whose
// certificates it trusts: shut out and let in, a link and a key for a new password, an
// authority.
func accountCanaries(t *testing.T, w *world, ann, bob *person, printed *paper, secrets map[string][]byte) {
	ctx := t.Context()
	text := func(name string) []byte { return []byte(canaries[name]) }
	suspend := func(id chat.AccountID, on bool) error {
		_, err := w.srv.Suspend(ctx, id, on)
		return err
	}
	printed.note(suspend(chat.NewAccountID(), true))
	printed.note(w.srv.DeleteAccount(ctx, chat.NewAccountID(), true))
	me := bob.live().View().Me.Account
	must(t, suspend(me, true))
	bob.until("being shut out", func(v *View) bool { return v.Connection.Reason == ReasonSuspended })
	bob.say(w.general, canaries["shut out message"])
	printed.note(bob.SetStatus(ctx, StatusView{Text: canaries["status"]}))
	must(t, suspend(me, false))
	bob.TryNow()
	bob.live().sent()
	printed.note(bob.SetStatus(ctx, StatusView{Text: canaries["status"]}))

	link := w.reset(me)
	keepInvite(t, link, secrets)
	for _, name := range []string{"reset", "recovery"} {
		p := w.stranger(name)
		p.log = printed.log(name)
		p.run().welcomed()
		if name == "reset" {
			printed.note(p.ResetPassword(ctx, ResetRequest{Link: link + "x", Password: text("reset password")}))
			printed.note(p.ResetPassword(ctx, ResetRequest{Link: link, Password: []byte("short")}))
			must(t, p.ResetPassword(ctx, ResetRequest{Link: link, Password: text("reset password")}))
		} else {
			address := chat.Link{Addresses: []string{w.address}, Server: w.sid, Bound: true}.String()
			r := RecoverRequest{Link: address, Name: "ann", Key: chat.NewRecoverySecret().Sheet(), Password: text("recovered")}
			printed.note(p.Recover(ctx, r))
			r.Key, r.Password = ann.recovery().Key.Sheet(), text("recovered")
			must(t, p.Recover(ctx, r))
			keepRecovery(p, "ann's third", secrets)
		}
		p.live()
		ringSecrets(t, p, secrets)
		p.quit()
	}
	ann.until("the word of the new key", func(v *View) bool { return v.Connection.State == ConnLive })

	// An authority, and a file that holds a key as well.
	ca := certificatePEM(t, "Works CA", true)
	key := pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: text("key of a file")})
	secrets["key of a file, as it stands there"] = bytes.Split(key, []byte("\n"))[1]
	_, err := ann.SetAuthority(ctx, append(bytes.Clone(ca), key...))
	printed.note(err)
	_, err = ann.SetAuthority(ctx, key)
	printed.note(err)
	_, err = ann.SetAuthority(ctx, ca)
	must(t, err)
	ann.live()
	must(t, ann.RemoveAuthority(ctx))
	ann.live()
}

// keepRecovery adds a recovery key, in each form in which it might be printed.
func keepRecovery(p *person, name string, secrets map[string][]byte) {
	key := p.recovery().Key
	sheet := key.Sheet()
	secrets[name+" recovery key"] = key[:]
	secrets[name+" recovery key, on paper"] = []byte(sheet)
	secrets[name+" recovery key, in one"] = []byte(strings.ReplaceAll(sheet, "-", ""))
	secrets[name+" recovery key, its beginning"] = []byte(sheet[:17])
	secrets[name+" recovery key, the seed"] = key.Key().Seed()
}

// keepInvite adds what an invite link must not show anywhere.
func keepInvite(t *testing.T, link string, secrets map[string][]byte) {
	t.Helper()
	l, err := chat.ParseLink(link)
	must(t, err)
	key := l.Secret.Key()
	n := fmt.Sprint(len(secrets))
	secrets["invite secret "+n], secrets["invite key "+n] = l.Secret[:], key[:32]
	_, fragment, _ := strings.Cut(link, "#")
	secrets["invite as text "+n] = []byte(fragment)
}

// ringSecrets adds what the keyring holds for somebody.
func ringSecrets(t *testing.T, p *person, secrets map[string][]byte) {
	t.Helper()
	v := p.View()
	b, err := p.ring.Load(context.Background(), secret.Ref{Server: v.Group.Server, Device: v.Me.Device})
	must(t, err)
	secrets["device key of "+p.name], secrets["database key of "+p.name] = b.Seed[:], b.Key[:]
}

// files returns everything below a folder.
func files(t *testing.T, dir string) (all []byte) {
	t.Helper()
	must(t, filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := os.ReadFile(path)
		all = append(append(all, path...), b...)
		return err
	}))
	if len(all) < 10_000 {
		t.Fatalf("only %d bytes: the test shows nothing", len(all))
	}
	return all
}
