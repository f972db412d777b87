package wake

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
	"unsafe"

	"github.com/godbus/dbus/v5"
)

// TestLogind listens on a real bus to what logind says around a sleep.
func TestLogind(t *testing.T) {
	daemon := exec.CommandContext(t.Context(), "dbus-daemon", "--session", "--nofork", "--print-address=1")
	out, err := daemon.StdoutPipe()
	if err == nil {
		err = daemon.Start()
	}
	if err != nil {
		t.Skipf("no bus can be started here: %v", err)
	}
	stopped := false
	stop := func() {
		if !stopped {
			stopped = true
			_ = daemon.Process.Kill()
			_ = daemon.Wait()
		}
	}
	defer stop()
	address, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	address = strings.TrimSpace(address)
	stands := make(chan struct{})
	replies := 0
	dial := func(ctx context.Context) (*dbus.Conn, error) {
		return dbus.Connect(address, dbus.WithContext(ctx), dbus.WithIncomingInterceptor(func(m *dbus.Message) {
			if m.Type != dbus.TypeMethodReply {
				return
			}
			if replies++; replies == 2 { // to the greeting, and to the wish to listen
				close(stands)
			}
		}))
	}
	logind, err := dbus.Connect(address, dbus.WithContext(t.Context()))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = logind.Close() }()
	w := watch(t, func(ctx context.Context, notify func(Cause)) {
		err := followLogind(ctx, Options{Bus: dial}, notify)
		if err != nil && ctx.Err() == nil {
			notify("ended")
		}
	})
	say := func(member string, args ...any) {
		t.Helper()
		if err := logind.Emit(logindPath, logindInterface+"."+member, args...); err != nil {
			t.Fatal(err)
		}
	}
	select {
	case <-stands:
	case <-time.After(10 * time.Second):
		t.Fatal("the listener never stood")
	}
	say(sleepSignal, true) // falling asleep, nonsense and others' words are not waking
	say(sleepSignal)
	say(sleepSignal, "false")
	say("PrepareForShutdown", false)
	say(sleepSignal, false)
	select {
	case c := <-w.told:
		if c != Woke {
			t.Errorf("told %q", c)
		}
	case <-time.After(10 * time.Second):
		t.Error("waking was not told")
	}
	stop() // the bus goes
	select {
	case c := <-w.told:
		if c != "ended" {
			t.Errorf("told %q", c)
		}
	case <-time.After(10 * time.Second):
		t.Error("the end of the bus was not noticed")
	}
	if rest := w.end(); len(rest) > 0 {
		t.Errorf("also told: %q", rest)
	}
}

// namespaceEnv makes a copy of the test program change its networks.
const namespaceEnv = "HEARTH_WAKE_NAMESPACE"

// TestKernel brings an interface up, in a network namespace of its own so that
// nothing of this machine changes, and is told by the kernel at once.
func TestKernel(t *testing.T) {
	if os.Getenv(namespaceEnv) != "" {
		inNamespace(t)
		return
	}
	again := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestKernel$", "-test.v") //nolint:gosec // ourselves
	again.Env = append(os.Environ(), namespaceEnv+"=1")
	again.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags:  syscall.CLONE_NEWUSER | syscall.CLONE_NEWNET,
		UidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getuid(), Size: 1}},
	}
	out, err := again.CombinedOutput()
	if again.ProcessState == nil {
		t.Skipf("no network namespace can be made here: %v", err)
	}
	if err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}

func inNamespace(t *testing.T) {
	if got := Networks(); got != "" {
		t.Fatalf("networks of an empty namespace: %q", got)
	}
	looked := make(chan struct{}, 100)
	all := func() string { // Networks passes over loopback, the one interface here
		addresses, _ := net.InterfaceAddrs()
		looked <- struct{}{}
		return fmt.Sprint(addresses)
	}
	var said bytes.Buffer
	o := Options{Networks: all, Log: slog.New(slog.NewTextHandler(&said, &slog.HandlerOptions{Level: slog.LevelDebug}))}
	w := watch(t, func(ctx context.Context, notify func(Cause)) { watchNetworks(ctx, o.filled(), notify) })
	<-looked
	up(t, "lo")
	select {
	case c := <-w.told:
		if c != Network {
			t.Errorf("told %q", c)
		}
	case <-time.After(10 * time.Second):
		t.Error("nothing was told")
	}
	if rest := w.end(); len(rest) > 0 {
		t.Errorf("also told: %q", rest)
	}
	if said.Len() > 0 { // that it looks every now and then instead
		t.Errorf("the kernel was not what told: %s", said.String())
	}
}

// up brings an interface up, as "ip link set NAME up" does.
func up(t *testing.T, name string) {
	t.Helper()
	fd, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_DGRAM, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = syscall.Close(fd) }()
	var request struct {
		name  [16]byte
		flags uint16
		_     [22]byte
	}
	copy(request.name[:], name)
	request.flags = syscall.IFF_UP
	if _, _, errno := syscall.Syscall(syscall.SYS_IOCTL, uintptr(fd), syscall.SIOCSIFFLAGS, uintptr(unsafe.Pointer(&request))); errno != 0 {
		t.Fatal(errno)
	}
}

// TestBattery reads what machines say of their power.
func TestBattery(t *testing.T) {
	for name, c := range map[string]struct {
		supplies map[string]string
		want     bool
	}{
		"a desktop":             {map[string]string{}, false},
		"a laptop plugged in":   {map[string]string{"AC/type": "Mains", "AC/online": "1\n", "BAT0/type": "Battery\n"}, false},
		"a laptop on the train": {map[string]string{"AC/type": "Mains", "AC/online": "0\n", "BAT0/type": "Battery\n"}, true},
		"charged by USB":        {map[string]string{"BAT0/type": "Battery", "ucsi/type": "USB", "ucsi/online": "1"}, false},
		"a wireless mouse":      {map[string]string{"hid/type": "Battery", "hid/scope": "Device"}, false},
	} {
		dir := t.TempDir()
		for file, text := range c.supplies {
			path := filepath.Join(dir, file)
			if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		if got := onBattery(dir); got != c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
	if onBattery("/nonexistent") {
		t.Error("a system that says nothing")
	}
}
