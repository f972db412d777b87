//go:build keyring && linux

// Tests against a real gnome-keyring. They run inside scripts/with-keyring.sh,
// which gives them a session bus, an unlocked keyring and a home of their own.
package secret

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/godbus/dbus/v5"
	zkeyring "github.com/zalando/go-keyring"
	"go.uber.org/goleak"

	"hearth/internal/testkit"
)

const (
	loginCollection = dbus.ObjectPath("/org/freedesktop/secrets/collection/login")
	passwordEnv     = "HEARTH_KEYRING_PASSWORD"
	// absentEnv makes a copy of the test program print what Probe says.
	absentEnv = "HEARTH_KEYRING_PROBE_ONLY"
)

func init() {
	// The library keeps its connection to the session bus for ever, and with it
	// the channel of every prompt it has waited for; what comes in for those is
	// delivered to nobody.
	leakOptions = append(leakOptions, goleak.IgnoreAnyFunction("github.com/godbus/dbus/v5.(*Conn).inWorker"),
		goleak.IgnoreAnyFunction("github.com/godbus/dbus/v5.newConn.func1"),
		goleak.IgnoreAnyFunction("github.com/godbus/dbus/v5.(*signalChannelData).deferredDeliver"))
}

func bus(t *testing.T) *dbus.Conn {
	t.Helper()
	conn, err := dbus.ConnectSessionBus()
	if err != nil {
		t.Fatalf("no session bus; run inside scripts/with-keyring.sh: %v", err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	return conn
}

func saved(t *testing.T, k *Keyring) Bundle {
	t.Helper()
	b := testBundle()
	if err := k.Save(t.Context(), b); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = zkeyring.Delete("Hearth", b.Ref().device())
		_ = zkeyring.Delete("Hearth", b.Ref().database())
	})
	return b
}

func wantLoad(t *testing.T, k *Keyring, b Bundle) {
	t.Helper()
	if got, err := k.Load(t.Context(), b.Ref()); err != nil || got != b {
		t.Fatalf("the secret is not there any more: %v", err)
	}
}

func TestRealWorks(t *testing.T) {
	k := NewKeyring(KeyringOptions{})
	if err := k.Probe(t.Context()); err != nil {
		t.Fatal(err)
	}
	_, err := k.Load(t.Context(), testBundle().Ref())
	wantKind(t, err, KindNotFound)
	b := saved(t, k)
	wantLoad(t, NewKeyring(KeyringOptions{}), b)
	b.Account[3]++
	if err := k.Save(t.Context(), b); err != nil {
		t.Fatal(err)
	}
	wantLoad(t, k, b)
	if err := k.Delete(t.Context(), b.Ref()); err != nil {
		t.Fatal(err)
	}
	_, err = k.Load(t.Context(), b.Ref())
	wantKind(t, err, KindNotFound)
}

func TestRealUnreadable(t *testing.T) {
	k := NewKeyring(KeyringOptions{})
	b := saved(t, k)
	for _, text := range []string{"somebody else's password", "", "AAAA"} {
		if err := zkeyring.Set("Hearth", b.Ref().device(), text); err != nil {
			t.Fatal(err)
		}
		_, err := k.Load(t.Context(), b.Ref())
		wantKind(t, err, KindUnreadable)
		if back, err := zkeyring.Get("Hearth", b.Ref().device()); err != nil || back != text {
			t.Fatalf("what was there was touched: %v", err)
		}
	}
}

// Locked, and nobody there who could see a prompt.
func TestRealLocked(t *testing.T) {
	k := NewKeyring(KeyringOptions{})
	b := saved(t, k)
	lock(t)
	t.Cleanup(func() { unlock(t) })
	_, err := k.Load(t.Context(), b.Ref())
	wantKind(t, err, KindLocked)
	wantKind(t, k.Save(t.Context(), testBundle()), KindLocked)
	wantKind(t, k.Delete(t.Context(), b.Ref()), KindLocked)
	wantKind(t, k.Probe(t.Context()), KindLocked)
	unlock(t)
	wantLoad(t, k, b)
}

func lock(t *testing.T) {
	t.Helper()
	var locked []dbus.ObjectPath
	var prompt dbus.ObjectPath
	err := bus(t).Object("org.freedesktop.secrets", "/org/freedesktop/secrets").
		Call("org.freedesktop.Secret.Service.Lock", 0, []dbus.ObjectPath{loginCollection}).Store(&locked, &prompt)
	if err != nil || len(locked) != 1 {
		t.Fatalf("lock: %v, %v", locked, err)
	}
}

func unlock(t *testing.T) {
	t.Helper()
	conn := bus(t)
	service := conn.Object("org.freedesktop.secrets", "/org/freedesktop/secrets")
	var ignored dbus.Variant
	var session dbus.ObjectPath
	if err := service.Call("org.freedesktop.Secret.Service.OpenSession", 0, "plain", dbus.MakeVariant("")).Store(&ignored, &session); err != nil {
		t.Fatal(err)
	}
	password := struct {
		Session    dbus.ObjectPath
		Parameters []byte
		Value      []byte
		Type       string
	}{session, nil, []byte(os.Getenv(passwordEnv)), "text/plain"}
	// What the login manager calls; there is no other way without a prompt.
	const method = "org.gnome.keyring.InternalUnsupportedGuiltRiddenInterface.UnlockWithMasterPassword"
	if err := service.Call(method, 0, loginCollection, password).Err; err != nil {
		t.Fatalf("unlock: %v", err)
	}
}

// The service is there but stalls.
func TestRealSlow(t *testing.T) {
	k := NewKeyring(KeyringOptions{Limit: 300 * time.Millisecond})
	patient := NewKeyring(KeyringOptions{})
	b := saved(t, patient)
	var pid uint32
	err := bus(t).BusObject().Call("org.freedesktop.DBus.GetConnectionUnixProcessID", 0, "org.freedesktop.secrets").Store(&pid)
	if err != nil {
		t.Fatal(err)
	}
	if err := syscall.Kill(int(pid), syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	awake := func() { _ = syscall.Kill(int(pid), syscall.SIGCONT) }
	defer awake()
	for range 3 {
		from := time.Now()
		_, err := k.Load(t.Context(), b.Ref())
		wantKind(t, err, KindSlow)
		if waited := time.Since(from); waited > 5*time.Second {
			t.Errorf("waited %v", waited)
		}
	}
	awake()
	wantLoad(t, patient, b)
}

// No bus at all; a bus without a keyring service; a service that has never seen a
// password. The library remembers its bus, so each is looked at from a program
// of its own.
func TestRealAbsent(t *testing.T) {
	dir := testkit.Dir(t)
	config := filepath.Join(dir, "bus.conf")
	err := os.WriteFile(config, []byte(`<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig><type>session</type><listen>unix:tmpdir=/tmp</listen><auth>EXTERNAL</auth>
<policy context="default"><allow send_destination="*" eavesdrop="true"/><allow eavesdrop="true"/><allow own="*"/></policy></busconfig>`), 0o600)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name    string
		command []string
		env     []string
	}{
		{"no bus", nil, []string{"PATH=" + dir}},
		{"bus gone", nil, []string{"DBUS_SESSION_BUS_ADDRESS=unix:path=" + filepath.Join(dir, "none")}},
		{"no service", []string{"dbus-run-session", "--config-file=" + config, "--"}, []string{"PATH=" + os.Getenv("PATH")}},
	} {
		t.Run(c.name, func(t *testing.T) {
			command := append(c.command, os.Args[0], "-test.run=^TestRealProbeOnly$", "-test.v")
			cmd := exec.Command(command[0], command[1:]...)
			cmd.Env = append(c.env, absentEnv+"=1", "HOME="+dir, "XDG_RUNTIME_DIR="+dir)
			var out bytes.Buffer
			cmd.Stdout, cmd.Stderr = &out, &out
			if err := cmd.Run(); err != nil {
				t.Fatalf("%v\n%s", err, out.String())
			}
			if want := fmt.Sprintf("kind=%s.", KindAbsent); !strings.Contains(out.String(), want) {
				t.Errorf("want %s\n%s", want, out.String())
			}
		})
	}
}

// TestRealProbeOnly is the other end of TestRealAbsent.
func TestRealProbeOnly(t *testing.T) {
	k := NewKeyring(KeyringOptions{})
	err := k.Probe(t.Context())
	if os.Getenv(absentEnv) == "" {
		if err != nil {
			t.Fatal(err)
		}
		return
	}
	if errors.Is(err, ErrNotFound) {
		t.Error("an absent keyring must not look like a missing item")
	}
	fmt.Printf("kind=%s. %v\n", KindOf(err), err)
}
