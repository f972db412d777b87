package wire

import (
	"hearth/chat"
)

// Fixed values for golden frames: they must never change.

func octets(first byte, n int) Bytes {
	b := make(Bytes, n)
	for i := range b {
		b[i] = first + byte(i)
	}
	return b
}

func id(first byte) (v [16]byte) {
	copy(v[:], octets(first, 16))
	return v
}

func hash32(first byte) (v [32]byte) {
	copy(v[:], octets(first, 32))
	return v
}

var (
	sampleRoom     = chat.RoomID(id(0x10))
	sampleAccount  = chat.AccountID(id(0x20))
	sampleDevice   = chat.DeviceID(id(0x30))
	sampleMID      = chat.MID(id(0x40))
	sampleInvite   = chat.InviteID(id(0x50))
	sampleEpoch    = chat.Epoch(id(0x60))
	sampleServer   = chat.ServerID(hash32(0x70))
	sampleHash     = chat.Hash(hash32(0x80))
	sampleStretch  = Stretch{Alg: StretchArgon2id, Salt: octets(1, 16), MemoryKiB: 65536, Passes: 3, Lanes: 4}
	sampleRecovery = Recovery{Key: octets(0xe0, 32), Made: sampleTime}
	sampleDev      = Device{Key: octets(0x90, 32), Name: "Ada's laptop", Platform: "linux/amd64"}
)

const sampleTime = 1_795_219_200_123

func sampleRegistration() Registration {
	return Registration{
		Name: "ada", Display: "Ada Lovelace",
		Verifier: Verifier{Stretch: sampleStretch, Salt: octets(2, 16), Iterations: 100_000, StoredKey: octets(3, 32), ServerKey: octets(4, 32)},
		Device:   sampleDev,
	}
}

func registering(recovery Bytes) Registration {
	r := sampleRegistration()
	r.Recovery = recovery
	return r
}

func sampleGreeting() Greeting {
	return Greeting{
		Server: sampleServer, Identity: octets(0xa0, 32), Epoch: sampleEpoch, MinVersion: 1, MaxVersion: 1,
		Features: []string{}, Mechanisms: []string{MechanismScram}, Bound: true, Nonce: octets(0xb0, 32), Time: sampleTime,
		Heartbeat: HeartbeatPlan{IntervalMS: 15_000, ReplyMS: 8_000, IdleMS: 45_000}, Limits: chat.DefaultLimits(), Software: "hearth-server 1.0",
	}
}

func sampleEvents() []Event {
	return []Event{
		{Seq: 1, Kind: chat.KindRoomCreate, MID: sampleMID, Time: sampleTime, Salt: chat.Salt(id(7)), Body: `{"name":"tea","access":"open","history":"all"}`},
		{Seq: 2, Kind: chat.KindMessage, Author: sampleAccount, Device: sampleDevice, MID: sampleMID, Time: sampleTime, Salt: chat.Salt(id(8)), Body: "{\"text\":\"Grüße, 世界 🫖 <b> \\u2028\\n\"}"},
		{Seq: 3, Kind: chat.KindMessage, Author: sampleAccount, Device: sampleDevice, MID: sampleMID, Time: sampleTime, Erased: true, Hash: sampleHash},
		{Seq: 9_007_199_254_740_991, Kind: "from.the.future", Author: sampleAccount, Device: sampleDevice, MID: sampleMID, Time: sampleTime, Salt: chat.Salt(id(9)), Body: `{"x":[1,{"y":null}]}`},
	}
}

// sampleChanges are a message that answers, calls and passes on, and all that can
// be changed about it.
func sampleChanges() []Event {
	said := func(seq chat.Seq, kind chat.Kind, body string) Event {
		return Event{Seq: seq, Kind: kind, Author: sampleAccount, Device: sampleDevice, MID: sampleMID, Time: sampleTime, Salt: chat.Salt(id(8)), Body: body}
	}
	calls := `"mentions":{"accounts":["` + sampleAccount.String() + `"],"room":true}`
	return []Event{
		said(3, chat.KindMessage, `{"text":"@ada @room 🫖","reply":2,`+calls+`,"forward":{"account":"`+sampleAccount.String()+`","name":"Ada","time":1}}`),
		said(4, chat.KindEdit, `{"seq":3,"text":"@ada",`+calls+`}`),
		said(5, chat.KindReactionAdd, `{"seq":3,"emoji":"👩🏽‍🚀"}`),
		said(6, chat.KindReactionRemove, `{"seq":3,"emoji":"👩🏽‍🚀"}`),
		said(7, chat.KindPinAdd, `{"seq":3}`),
		said(8, chat.KindPinRemove, `{"seq":3}`),
		said(9, chat.KindDelete, `{"seq":3}`),
	}
}

// sampleRules are what is said of a room and of the people in it.
func sampleRules() []Event {
	seq := chat.Seq(0)
	said := func(by chat.AccountID, kind chat.Kind, body string) Event {
		seq++
		e := Event{Seq: seq, Kind: kind, Author: by, MID: sampleMID, Time: sampleTime, Salt: chat.Salt(id(8)), Body: body}
		if !by.IsZero() {
			e.Device = sampleDevice
		}
		return e
	}
	who, server := `"account":"`+sampleAccount.String()+`"`, chat.AccountID{}
	return []Event{
		said(sampleAccount, chat.KindRoomCreate, `{"access":"direct","history":"all","members":["`+chat.AccountID(id(0x21)).String()+`"]}`),
		said(sampleAccount, chat.KindJoin, `{`+who+`,"name":"ada","display":"Ada","role":"owner"}`),
		said(sampleAccount, chat.KindName, `{"display":"Ada L."}`),
		said(sampleAccount, chat.KindRename, `{"name":"🫖"}`),
		said(sampleAccount, chat.KindTopic, `{"topic":""}`),
		said(sampleAccount, chat.KindArchive, `{"archived":true}`),
		said(sampleAccount, chat.KindKeep, `{"days":30}`),
		said(sampleAccount, chat.KindReadings, `{"hidden":true}`),
		said(sampleAccount, chat.KindHistory, `{"history":"joined"}`),
		said(sampleAccount, chat.KindRemove, `{`+who+`}`),
		said(sampleAccount, chat.KindLeave, `{`+who+`}`),
		said(server, chat.KindRole, `{`+who+`,"role":"owner"}`),
		said(server, chat.KindGone, `{`+who+`}`),
		said(server, chat.KindPurge, `{"seq":9007199254740991}`),
	}
}

// requests returns one of each frame a client sends, by golden file.
func sampleRequests() map[string]Request {
	req, rep := Req{ID: 7}, func(v any) string { return mustRecord(v) }
	return map[string]Request{
		"invite.check": &InviteCheck{Req: req, Invite: sampleInvite, Signature: octets(5, 64)},
		"register": &Register{
			Req: req, Version: 1, HelloHash: sampleHash, Invite: sampleInvite, Record: rep(sampleRegistration()),
			InviteSignature: octets(5, 64), DeviceSignature: octets(6, 64),
		},
		"reset": &Reset{
			Req: req, Version: 1, HelloHash: sampleHash, Invite: sampleInvite,
			Record:          rep(NewStart{Verifier: sampleRegistration().Verifier, Device: sampleDev, Others: true}),
			InviteSignature: octets(5, 64), DeviceSignature: octets(6, 64),
		},
		"register.recovery": &Register{
			Req: req, Version: 1, HelloHash: sampleHash, Invite: sampleInvite, Record: rep(registering(octets(0xe0, 32))),
			InviteSignature: octets(5, 64), DeviceSignature: octets(6, 64),
		},
		"recover": &Recover{
			Req: req, Version: 1, HelloHash: sampleHash, Name: "ada",
			Record:            rep(Comeback{Verifier: sampleRegistration().Verifier, Device: sampleDev, Others: true, Recovery: octets(0xe0, 32)}),
			RecoverySignature: octets(5, 64), DeviceSignature: octets(6, 64),
		},
		"login.begin":       &LoginBegin{Req: req, Version: 1, HelloHash: sampleHash, Name: "ada", Scram: "p=tls-exporter,,n=ada,r=fyko+d2lbbFgONRv9qkxdawL"},
		"login.finish":      &LoginFinish{Req: req, Scram: "c=cD10bHMtZXhwb3J0ZXIsLA==,r=fyko,p=v0X8", Record: rep(Enrolment{Device: sampleDev}), DeviceSignature: octets(6, 64)},
		"auth":              &Auth{Req: req, Version: 1, HelloHash: sampleHash, Device: sampleDevice, Nonce: octets(0xc0, 32), Signature: octets(6, 64)},
		"sync":              &Sync{Req: req, Epoch: sampleEpoch, Rooms: []Cursor{{Room: sampleRoom, Seq: 41, Chain: sampleHash}, {Room: chat.RoomID(id(0x11))}}},
		"sync.holes":        &Sync{Req: req, Rooms: []Cursor{{Room: sampleRoom, Seq: 41, Chain: sampleHash, Snapshot: true}}, Only: true, Holes: true},
		"sync.only":         &Sync{Req: req, Rooms: []Cursor{{Room: sampleRoom, Seq: 41, Chain: sampleHash}}, Only: true},
		"send":              &Send{Req: req, MID: sampleMID, Room: sampleRoom, DSeq: 12, Kind: chat.KindMessage, Body: `{"text":"Grüße, 世界 🫖"}`},
		"send.edit":         &Send{Req: req, MID: sampleMID, Room: sampleRoom, DSeq: 13, Kind: chat.KindEdit, Body: sampleChanges()[1].Body},
		"send.status":       &SendStatus{Req: req, Room: sampleRoom, MIDs: []chat.MID{sampleMID, chat.MID(id(0x41))}},
		"history":           &History{Req: req, Room: sampleRoom, From: 1, To: 200},
		"chains":            &Chains{Req: req, Room: sampleRoom, Seqs: []chat.Seq{1, 64, 9_007_199_254_740_991}},
		"heads":             &Heads{Req: req},
		"hb":                &Heartbeat{Req: Req{ID: MaxNumber}},
		"profile":           &Profile{Req: req, MID: sampleMID, Display: "Ada L."},
		"people":            &People{Req: req},
		"people.after":      &People{Req: req, After: sampleAccount},
		"rooms":             &Rooms{Req: req},
		"rooms.after":       &Rooms{Req: req, After: sampleRoom},
		"invite.create":     &InviteCreate{Req: req, Key: octets(0xd0, 32), Uses: 5, ExpiresMS: 604_800_000},
		"invite.list":       &InviteList{Req: req},
		"invite.list.after": &InviteList{Req: req, After: sampleInvite},
		"invite.revoke":     &InviteRevoke{Req: req, Invite: sampleInvite},

		"device.list":          &DeviceList{Req: req},
		"device.list.after":    &DeviceList{Req: req, After: sampleDevice},
		"device.revoke":        &DeviceRevoke{Req: req, Device: sampleDevice},
		"device.revoke_others": &DeviceRevokeOthers{Req: req},
		"password.begin":       &PasswordBegin{Req: req, Scram: "p=tls-exporter,,n=ada,r=fyko+d2lbbFgONRv9qkxdawL"},
		"password.set":         &PasswordSet{Req: req, Scram: "c=cD10bHMtZXhwb3J0ZXIsLA==,r=fyko,p=v0X8", Record: rep(PasswordRecord{Verifier: sampleRegistration().Verifier})},
		"password.set.others":  &PasswordSet{Req: req, Scram: "c=cD10bHMtZXhwb3J0ZXIsLA==,r=fyko,p=v0X8", Record: "{}", Others: true},

		"account.delete":       &AccountDelete{Req: req, Scram: "c=cD10bHMtZXhwb3J0ZXIsLA==,r=fyko,p=v0X8"},
		"account.delete.erase": &AccountDelete{Req: req, Scram: "c=cD10bHMtZXhwb3J0ZXIsLA==,r=fyko,p=v0X8", Erase: true},
		"recovery.set":         &RecoverySet{Req: req, Scram: "c=cD10bHMtZXhwb3J0ZXIsLA==,r=fyko,p=v0X8", Key: octets(0xe0, 32)},

		"read":            &Read{Req: req, Room: sampleRoom, Seq: 41},
		"read.mark":       &Read{Req: req, Room: sampleRoom, Seq: 41, Mark: 12, Rev: 3},
		"files.token":     &FilesToken{Req: req},
		"typing":          &Typing{Req: req, Room: sampleRoom},
		"presence":        &Presence{Req: req, Room: sampleRoom},
		"presence.away":   &Presence{Req: req, Away: true},
		"presence.people": &Presence{Req: req, Room: sampleRoom, People: []chat.AccountID{sampleAccount, chat.AccountID(id(0x21))}},
		"block.set":       &BlockSet{Req: req, Block: chat.Block{Account: sampleAccount, Blocked: true, Rev: 3}},
		"privacy.set":     &PrivacySet{Req: req, Privacy: Privacy{HidePresence: true, HideReadings: true, HideTyping: true}},

		"avatar.set":      &AvatarSet{Req: req, Data: octets(0x10, 200)},
		"avatar.set.none": &AvatarSet{Req: req},
		"avatar.get":      &AvatarGet{Req: req, Account: sampleAccount, Avatar: sampleHash},
		"status.set":      &StatusSet{Req: req, Status: Status{Text: "Im Urlaub, 世界", Emoji: "🌴", ForMS: 3_600_000}},
		"status.set.none": &StatusSet{Req: req},
		"cards":           &Cards{Req: req, Digest: chat.Digest(0).AddCard(sampleAccount, 5)},
		"cards.after":     &Cards{Req: req, After: sampleAccount},
	}
}

// sampleFrames returns one of each frame a server sends, by golden file.
func sampleFrames() map[string]Frame {
	rep := Rep{Re: 7}
	invite := Invite{Invite: sampleInvite, Creator: sampleAccount, Created: sampleTime, Expires: sampleTime + 1, Uses: 5, Used: 2}
	head := RoomHead{Room: sampleRoom, Seq: 42, Chain: sampleHash}
	return map[string]Frame{
		"hello":             &Hello{Hello: mustRecord(sampleGreeting()), Proof: octets(0xe0, 64)},
		"invite.info":       &InviteInfo{Rep: rep, Group: "Home", Inviter: "Ada", Expires: sampleTime, Uses: 3},
		"invite.info.reset": &InviteInfo{Rep: rep, Group: "Home", Expires: sampleTime, Uses: 1, Name: "ada"},
		"login.challenge":   &LoginChallenge{Rep: rep, Stretch: sampleStretch, Scram: "r=fyko3rfc,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=100000"},
		"ready": &Ready{
			Rep: rep, Scram: "v=rmF9pqV8S7suAoZWja4dJRkFsKQ=", Session: "s", Connection: "c", Account: sampleAccount, Device: sampleDevice,
			Name: "ada", Display: "Ada", May: []string{MayInvite, MayCreateRoom}, Group: "Home", Addresses: []string{"home.example:7480"},
			SessionExpires: sampleTime, Time: sampleTime, AwayMS: 1234,
		},
		"ready.recovery": &Ready{
			Rep: rep, Session: "s", Connection: "c", Account: sampleAccount, Device: sampleDevice, Name: "ada", Display: "Ada", May: []string{},
			Group: "Home", Addresses: []string{}, SessionExpires: sampleTime, Time: sampleTime, Recovery: sampleRecovery,
		},
		"sync.started":     &SyncStarted{Rep: rep, Epoch: sampleEpoch, Rooms: []SyncRoom{{Room: sampleRoom, State: SyncOK, Head: 42, From: 42}, {Room: sampleRoom, State: SyncGone}}},
		"sync.left":        &SyncStarted{Rep: rep, Epoch: sampleEpoch, Rooms: []SyncRoom{{Room: sampleRoom, State: SyncGone, Left: 40}}},
		"events":           &Events{Room: sampleRoom, Events: sampleEvents(), Chain: sampleHash},
		"events.rules":     &Events{Room: sampleRoom, Events: sampleRules(), Chain: sampleHash},
		"events.changes":   &Events{Room: sampleRoom, Events: sampleChanges(), Chain: sampleHash},
		"void":             &Void{Room: sampleRoom, From: 1, To: 40, Reason: VoidPurged, Chain: sampleHash},
		"snapshot":         &Snapshot{Room: sampleRoom, At: 9000, Chain: sampleHash, HoleFrom: 41, State: "{}"},
		"snapshot.purged":  &Snapshot{Room: sampleRoom, At: 9000, Chain: sampleHash, HoleFrom: 8999, State: "{}", VoidFrom: 41, VoidChain: sampleHash, VoidReason: VoidPurged},
		"snapshot.void":    &Snapshot{Room: sampleRoom, At: 9000, Chain: sampleHash, HoleFrom: 8999, State: "{}", VoidFrom: 41, VoidChain: sampleHash},
		"live":             &Live{Heads: []RoomHead{head}, Digest: 0x0123456789abcdef},
		"lag":              &Lag{Rooms: []chat.RoomID{sampleRoom}},
		"ack":              &Ack{Rep: rep, MID: sampleMID, Room: sampleRoom, Seq: 42, Time: sampleTime, Chain: sampleHash},
		"ack.duplicate":    &Ack{Rep: rep, MID: sampleMID, Room: sampleRoom, Seq: 42, Time: sampleTime, Chain: sampleHash, Duplicate: true},
		"send.state":       &SendState{Rep: rep, Items: []SendOutcome{{MID: sampleMID, Seq: 42}, {MID: chat.MID(id(0x41))}}},
		"history.page":     &HistoryPage{Rep: rep, Room: sampleRoom, Events: sampleEvents()[:1], Before: chat.Hash{}, Chain: sampleHash},
		"history.purged":   &HistoryPage{Rep: rep, Room: sampleRoom, Events: []Event{}, Chain: sampleHash, Void: VoidPurged, VoidTo: 40},
		"chains.purged":    &ChainsAt{Rep: rep, Room: sampleRoom, Chains: []RoomHead{head}, Purged: 40},
		"chains.at":        &ChainsAt{Rep: rep, Room: sampleRoom, Chains: []RoomHead{head}},
		"heads.at":         &HeadsAt{Rep: rep, Heads: []RoomHead{head}},
		"hb.ok":            &HeartbeatOK{Rep: rep, Digest: 0xfedcba9876543210, Time: sampleTime},
		"people.list":      &PeopleList{Rep: rep, People: []Person{{Account: sampleAccount, Name: "ada", Display: "Ada"}}},
		"people.list.more": &PeopleList{Rep: rep, People: []Person{{Account: sampleAccount, Name: "ada", Display: "Ada"}}, More: true},
		"rooms.list":       &RoomsList{Rep: rep, Rooms: []RoomInfo{{Room: sampleRoom, Name: "tea", Topic: "black", Members: 3, Joined: true}}},
		"invite.created":   &InviteCreated{Rep: rep, Invite: invite},
		"rooms.list.more":  &RoomsList{Rep: rep, Rooms: []RoomInfo{{Room: sampleRoom, Name: "tea", Members: 1}}, More: true},
		"invites.more":     &Invites{Rep: rep, Invites: []Invite{invite}, More: true},
		"invites.reset":    &Invites{Rep: rep, Invites: []Invite{{Invite: sampleInvite, For: sampleAccount, Created: 1, Expires: 2, Uses: 1}}},
		"invites":          &Invites{Rep: rep, Invites: []Invite{invite, {Invite: sampleInvite, Created: 1, Expires: 2, Uses: 1}}},
		"ok":               &OK{Rep: rep},
		"error": &Error{
			Rep: rep, Code: chat.CodeOrderGap, Path: "/dseq", Message: "a number is missing", Retryable: true,
			RetryAfterMS: 1500, Fatal: true, Next: 12,
		},
		"error.bare": &Error{Code: chat.CodeIdleTimeout, Message: "silent for too long"},
		"goodbye":    &Goodbye{Reason: GoodbyeRestart, AfterMS: 7321},

		"devices": &Devices{Rep: rep, Devices: []DeviceInfo{
			{Device: sampleDevice, Name: "Ada's laptop", Platform: "linux/amd64", Created: sampleTime, Seen: sampleTime + 1, Peer: "192.0.2.0/24", Live: true, Current: true},
			{Device: chat.DeviceID(id(0x31)), Name: "desk", Platform: "darwin/arm64", Created: sampleTime, Seen: sampleTime},
		}},
		"devices.more":           &Devices{Rep: rep, Devices: []DeviceInfo{{Device: sampleDevice, Name: "desk", Platform: "p", Created: 1, Seen: 2}}, More: true},
		"device.added":           &DeviceAdded{Device: DeviceInfo{Device: sampleDevice, Name: "desk", Platform: "linux/amd64", Created: sampleTime, Seen: sampleTime, Peer: "2001:db8::/48", Reset: true}},
		"device.added.recovered": &DeviceAdded{Device: DeviceInfo{Device: sampleDevice, Name: "desk", Platform: "p", Created: 1, Seen: 2, Recovered: true}},
		"recovery.changed":       &RecoveryChanged{Rep: rep, Scram: "v=rmF9pqV8S7suAoZWja4dJRkFsKQ=", Recovery: sampleRecovery},
		"recovery.replaced":      &RecoveryReplaced{Recovery: sampleRecovery, Used: true},
		"password.challenge":     &PasswordChallenge{Rep: rep, Stretch: sampleStretch, Scram: "r=fyko3rfc,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=100000"},
		"account.deleted":        &AccountDeleted{Rep: rep, Scram: "v=rmF9pqV8S7suAoZWja4dJRkFsKQ="},
		"password.changed":       &PasswordChanged{Rep: rep, Scram: "v=rmF9pqV8S7suAoZWja4dJRkFsKQ="},

		"read.at":      &ReadAt{Markers: []RoomMarker{{Room: sampleRoom, Seq: 41}, {Room: chat.RoomID(id(0x11)), Seq: 9, Mark: 4, Rev: 2}}},
		"read.at.more": &ReadAt{Markers: []RoomMarker{{Room: sampleRoom, Seq: 41}}, More: true},
		"read.by":      &ReadBy{Room: sampleRoom, Readers: []Reader{{Account: sampleAccount, Seq: 40}}},
		"files.grant":  &FilesGrant{Rep: Rep{Re: 7}, Token: octets(0xd0, 32), ExpiresMS: 900_000},
		"typing.at":    &TypingAt{Room: sampleRoom, Accounts: []chat.AccountID{sampleAccount}},
		"presence.list": &PresenceList{Rep: rep, People: []Subject{
			{Account: sampleAccount, State: PresenceOnline}, {Account: chat.AccountID(id(0x21)), State: PresenceOffline, Seen: sampleTime},
		}},
		"presence.at": &PresenceAt{People: []Subject{{Account: sampleAccount, State: PresenceAway}}},
		"blocks.at":   &BlocksAt{Blocks: []chat.Block{{Account: sampleAccount, Blocked: true, Rev: 3}, {Account: chat.AccountID(id(0x11)), Rev: 2}}, More: true},
		"privacy.at":  &PrivacyAt{Privacy{HidePresence: true}},

		"cards.list": &CardsList{Rep: rep, More: true, Cards: []Card{
			{Account: sampleAccount, Rev: sampleTime, Avatar: sampleHash, Status: Status{Text: "lunch", Emoji: "🍜", ForMS: 60_000}},
			{Account: chat.AccountID(id(0x21)), Rev: 2, Status: Status{Emoji: "🌴"}},
		}},
		"cards.list.same": &CardsList{Rep: rep, Cards: []Card{}, Same: true},
		"card.at":         &CardAt{Cards: []Card{{Account: sampleAccount, Rev: 3}}},
		"avatar":          &Avatar{Rep: rep, Data: octets(0x10, 200)},
	}
}

func mustRecord(v any) string {
	s, err := EncodeRecord(v)
	if err != nil {
		panic(err)
	}
	return s
}
