package chat

import (
	"fmt"
	"reflect"
)

// Limits is every limit of the system in one block. The server announces it in
// its hello, the operator sets it in the configuration file, and every check
// reads it from here. Zero never means "none".
type Limits struct {
	FrameBytes          int `json:"frame_bytes" toml:"frame_bytes" help:"largest request, bytes; a larger one is answered with payload_too_large"`
	TransportBytes      int `json:"transport_bytes" toml:"transport_bytes" help:"largest frame the transport accepts before it closes the connection, bytes"`
	PreAuthFrameBytes   int `json:"pre_auth_frame_bytes" toml:"pre_auth_frame_bytes" help:"largest frame before a client has proven itself, bytes"`
	PreAuthFrames       int `json:"pre_auth_frames" toml:"pre_auth_frames" help:"frames a client may send before it has proven itself"`
	TextChars           int `json:"text_chars" toml:"text_chars" help:"longest message, Unicode characters"`
	BodyBytes           int `json:"body_bytes" toml:"body_bytes" help:"largest event body, bytes"`
	NameChars           int `json:"name_chars" toml:"name_chars" help:"longest name of a person or room, Unicode characters"`
	TopicChars          int `json:"topic_chars" toml:"topic_chars" help:"longest topic, Unicode characters"`
	SendsPerSecond      int `json:"sends_per_second" toml:"sends_per_second" help:"sends a device may make a second, sustained"`
	SendBurst           int `json:"send_burst" toml:"send_burst" help:"sends a device may make at once"`
	RequestsPerSecond   int `json:"requests_per_second" toml:"requests_per_second" help:"requests a connection may make a second, sustained"`
	RequestBurst        int `json:"request_burst" toml:"request_burst" help:"requests a connection may make at once"`
	SendsInFlight       int `json:"sends_in_flight" toml:"sends_in_flight" help:"unanswered sends a client may have in one room"`
	RoomsPerAccount     int `json:"rooms_per_account" toml:"rooms_per_account" help:"rooms one account may be in"`
	MembersPerRoom      int `json:"members_per_room" toml:"members_per_room" help:"members one room may have"`
	DevicesPerAccount   int `json:"devices_per_account" toml:"devices_per_account" help:"devices one account may have"`
	Connections         int `json:"connections" toml:"connections" help:"connections in all"`
	UnauthPerAddress    int `json:"unauth_per_address" toml:"unauth_per_address" help:"connections one address may hold before proving themselves"`
	Unauthenticated     int `json:"unauthenticated" toml:"unauthenticated" help:"connections in all before proving themselves"`
	HistoryPagesPerSec  int `json:"history_pages_per_second" toml:"history_pages_per_second" help:"history pages a connection may ask for a second"`
	PageEvents          int `json:"page_events" toml:"page_events" help:"events in one page"`
	PageBytes           int `json:"page_bytes" toml:"page_bytes" help:"size of one page, bytes"`
	QueueBytes          int `json:"queue_bytes" toml:"queue_bytes" help:"bytes waiting for one connection before it falls back to reading the log"`
	QueueFrames         int `json:"queue_frames" toml:"queue_frames" help:"frames waiting for one connection before it falls back to reading the log"`
	QueueTotalBytes     int `json:"queue_total_bytes" toml:"queue_total_bytes" help:"bytes waiting for all connections together"`
	CatchUps            int `json:"catch_ups" toml:"catch_ups" help:"connections that read old pages at the same time"`
	FileMiB             int `json:"file_mib" toml:"file_mib" help:"largest file, MiB"`
	AccountFilesMiB     int `json:"account_files_mib" toml:"account_files_mib" help:"files one account may have on the server, MiB"`
	FilesMiB            int `json:"files_mib" toml:"files_mib" help:"files in all, MiB"`
	PieceBytes          int `json:"piece_bytes" toml:"piece_bytes" help:"largest piece of an upload, bytes; a piece must arrive within 30 seconds"`
	UploadsPerAccount   int `json:"uploads_per_account" toml:"uploads_per_account" help:"unfinished uploads one account may have"`
	OutboxEntries       int `json:"outbox_entries" toml:"outbox_entries" help:"unsent messages a client keeps"`
	SilentResendDays    int `json:"silent_resend_days" toml:"silent_resend_days" help:"a client away for longer asks before it sends what still waits, days"`
	DedupeDays          int `json:"dedupe_days" toml:"dedupe_days" help:"message ids are remembered this long after their event was purged, days"`
	InviteUses          int `json:"invite_uses" toml:"invite_uses" help:"most uses one invite may have"`
	InviteDays          int `json:"invite_days" toml:"invite_days" help:"longest life of an invite, days"`
	SessionIdleDays     int `json:"session_idle_days" toml:"session_idle_days" help:"a device unseen for this long must prove the password again, days"`
	SessionAbsoluteDays int `json:"session_absolute_days" toml:"session_absolute_days" help:"a device must prove the password again after this long, days"`
}

// DefaultLimits returns the limits of a server nobody has configured.
func DefaultLimits() Limits {
	return Limits{
		FrameBytes: 64 << 10, TransportBytes: 256 << 10,
		PreAuthFrameBytes: 4 << 10, PreAuthFrames: 6,
		TextChars: 16_000, BodyBytes: 48 << 10, NameChars: 64, TopicChars: 512,
		SendsPerSecond: 5, SendBurst: 20, RequestsPerSecond: 30, RequestBurst: 60,
		SendsInFlight: 32, RoomsPerAccount: 500, MembersPerRoom: 5_000, DevicesPerAccount: 20,
		Connections: 10_000, UnauthPerAddress: 20, Unauthenticated: 1_000,
		HistoryPagesPerSec: 10, PageEvents: 200, PageBytes: 160 << 10,
		QueueBytes: 1 << 20, QueueFrames: 1_000, QueueTotalBytes: 512 << 20, CatchUps: 64,
		FileMiB: 256, AccountFilesMiB: 4 << 10, FilesMiB: 20 << 10, PieceBytes: 256 << 10, UploadsPerAccount: 32,
		OutboxEntries: 5_000, SilentResendDays: 7, DedupeDays: 30,
		InviteUses: 1_000, InviteDays: 90, SessionIdleDays: 30, SessionAbsoluteDays: 90,
	}
}

// mostPageEvents keeps pages well below what clients accept in one frame.
const mostPageEvents = 10_000

// Validate reports the first limit that contradicts another or is not positive.
func (l Limits) Validate() error {
	if err := l.positive(); err != nil {
		return err
	}
	switch {
	case l.TransportBytes < l.FrameBytes:
		return fmt.Errorf("transport_bytes (%d) must be at least frame_bytes (%d)", l.TransportBytes, l.FrameBytes)
	case l.FrameBytes < l.PreAuthFrameBytes:
		return fmt.Errorf("frame_bytes (%d) must be at least pre_auth_frame_bytes (%d)", l.FrameBytes, l.PreAuthFrameBytes)
	case l.FrameBytes < l.BodyBytes+1024:
		return fmt.Errorf("frame_bytes (%d) must hold a body of body_bytes (%d) and 1024 bytes around it", l.FrameBytes, l.BodyBytes)
	case l.PageEvents > mostPageEvents:
		return fmt.Errorf("page_events (%d) must be at most %d; clients refuse frames with more", l.PageEvents, mostPageEvents)
	case l.PageBytes+l.FrameBytes+4096 > l.TransportBytes:
		return fmt.Errorf("page_bytes (%d), one more event of frame_bytes (%d) and 4096 bytes around them must fit into transport_bytes (%d)",
			l.PageBytes, l.FrameBytes, l.TransportBytes)
	case l.FilesMiB < l.AccountFilesMiB || l.AccountFilesMiB < l.FileMiB:
		return fmt.Errorf("file_mib (%d) must be at most account_files_mib (%d), and that at most files_mib (%d)", l.FileMiB, l.AccountFilesMiB, l.FilesMiB)
	case l.DedupeDays < l.SilentResendDays+1:
		// Invariant I16: no silent retry may outlive the memory of its id.
		return fmt.Errorf("dedupe_days (%d) must exceed silent_resend_days (%d) by at least one", l.DedupeDays, l.SilentResendDays)
	}
	return nil
}

// positive reports the first field that is not above zero, by its name in the
// configuration file. Reflection keeps the list of fields in one place.
func (l Limits) positive() error {
	v := reflect.ValueOf(l)
	for i := range v.NumField() {
		if v.Field(i).Int() <= 0 {
			return fmt.Errorf("%s must be above zero", v.Type().Field(i).Tag.Get("toml"))
		}
	}
	return nil
}
