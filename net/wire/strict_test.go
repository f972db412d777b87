package wire

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"hearth/chat"
)

// frame builds a request by hand: members of a good one, some of them replaced
// (or left out, if empty).
func frame(typ Type, members ...string) string {
	good := map[Type][]string{
		TypeSend:          {"id", `7`, "mid", text26("m"), "room", text26("r"), "dseq", `1`, "kind", `"message"`, "body", `"{}"`},
		TypeSync:          {"id", `7`, "rooms", `[]`},
		TypeAuth:          {"id", `7`, "version", `1`, "hello_hash", text43(), "device", text26("d"), "nonce", text43(), "signature", text86()},
		TypeRegister:      {"id", `7`, "version", `1`, "hello_hash", text43(), "invite", text26("i"), "record", `"{}"`, "invite_signature", text86(), "device_signature", text86()},
		TypeReset:         {"id", `7`, "version", `1`, "hello_hash", text43(), "invite", text26("i"), "record", `"{}"`, "invite_signature", text86(), "device_signature", text86()},
		TypeRecover:       {"id", `7`, "version", `1`, "hello_hash", text43(), "name", `"ada"`, "record", `"{}"`, "recovery_signature", text86(), "device_signature", text86()},
		TypeAccountDelete: {"id", `7`, "scram", `"c="`, "erase", `true`},
		TypeRecoverySet:   {"id", `7`, "scram", `"c="`, "key", text43()},
		TypeLoginBegin:    {"id", `7`, "version", `1`, "hello_hash", text43(), "name", `"ada"`, "scram", `"p="`},
		TypeLoginFinish:   {"id", `7`, "scram", `"c="`, "record", `"{}"`, "device_signature", text86()},
		TypeInviteCheck:   {"id", `7`, "invite", text26("i"), "signature", text86()},
		TypeSendStatus:    {"id", `7`, "room", text26("r"), "mids", "[" + text26("m") + "]"},
		TypeHistory:       {"id", `7`, "room", text26("r"), "from", `1`, "to", `2`},
		TypeChains:        {"id", `7`, "room", text26("r"), "seqs", `[1]`},
		TypeProfile:       {"id", `7`, "mid", text26("m"), "display", `"Ada"`},
		TypeInviteCreate:  {"id", `7`, "key", text43(), "uses", `1`, "expires_ms", `1`},
		TypeInviteRevoke:  {"id", `7`, "invite", text26("i")},
		TypeHeartbeat:     {"id", `7`},
	}[typ]
	b := strings.Builder{}
	fmt.Fprintf(&b, `{"t":%q`, typ)
	for i := 0; i < len(good); i += 2 {
		name, value := good[i], good[i+1]
		for j := 0; j < len(members); j += 2 {
			if members[j] == name {
				value = members[j+1]
			}
		}
		if value != "" {
			fmt.Fprintf(&b, `,%q:%s`, name, value)
		}
	}
	return b.String() + "}"
}

func text26(first string) string { return `"` + first + strings.Repeat("a", 25) + `"` }
func text43() string             { return `"` + strings.Repeat("B", 42) + `A"` }
func text86() string             { return `"` + strings.Repeat("C", 85) + `A"` }

// TestStrict: bad requests and exactly what is said of them.
func TestStrict(t *testing.T) {
	many := func(n int, value string) string {
		return "[" + strings.TrimSuffix(strings.Repeat(value+",", n), ",") + "]"
	}
	keys := func(n int) string {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, `,"k%d":0`, i)
		}
		return `{"t":"hb","id":7` + b.String() + `}`
	}
	deep := func(n int) string {
		return `{"t":"hb","id":7,"x":` + strings.Repeat(`[`, n) + strings.Repeat(`]`, n) + `}`
	}
	for _, test := range []struct {
		name, data string
		code       chat.Code // "" accepted
		path       string
		id         uint64
	}{
		{"good send", frame(TypeSend), "", "", 7},
		{"good sync", frame(TypeSync), "", "", 7},
		{"good auth", frame(TypeAuth), "", "", 7},
		{"good register", frame(TypeRegister), "", "", 7},
		{"good reset", frame(TypeReset), "", "", 7},
		{"reset without an invite", frame(TypeReset, "invite", ""), chat.CodeMissingField, "/invite", 7},
		{"reset without record", frame(TypeReset, "record", ""), chat.CodeMissingField, "/record", 7},
		{"reset with a huge record", frame(TypeReset, "record", `"`+strings.Repeat("x", MaxRecord+1)+`"`), chat.CodeTooLong, "/record", 7},
		{"reset unsigned by the invite", frame(TypeReset, "invite_signature", ""), chat.CodeMissingField, "/invite_signature", 7},
		{"reset unsigned by the device", frame(TypeReset, "device_signature", `"AAAA"`), chat.CodeBadValue, "/device_signature", 7},
		{"reset without a version", frame(TypeReset, "version", ""), chat.CodeMissingField, "/version", 7},
		{"good recover", frame(TypeRecover), "", "", 7},
		{"recover of nobody", frame(TypeRecover, "name", ""), chat.CodeMissingField, "/name", 7},
		{"recover of a long name", frame(TypeRecover, "name", `"`+strings.Repeat("x", 1025)+`"`), chat.CodeTooLong, "/name", 7},
		{"recover without record", frame(TypeRecover, "record", ""), chat.CodeMissingField, "/record", 7},
		{"recover unsigned by the key", frame(TypeRecover, "recovery_signature", `"AAAA"`), chat.CodeBadValue, "/recovery_signature", 7},
		{"recover unsigned by the device", frame(TypeRecover, "device_signature", ""), chat.CodeMissingField, "/device_signature", 7},
		{"good account.delete", frame(TypeAccountDelete), "", "", 7},
		{"account.delete without a proof", frame(TypeAccountDelete, "scram", ""), chat.CodeMissingField, "/scram", 7},
		{"account.delete that erases so to say", frame(TypeAccountDelete, "erase", "1"), chat.CodeBadType, "/erase", 7},
		{"good recovery.set", frame(TypeRecoverySet), "", "", 7},
		{"recovery.set without a key", frame(TypeRecoverySet, "key", ""), chat.CodeMissingField, "/key", 7},
		{"recovery.set with a short key", frame(TypeRecoverySet, "key", `"AAAA"`), chat.CodeBadValue, "/key", 7},
		{"good login.begin", frame(TypeLoginBegin), "", "", 7},
		{"good login.finish", frame(TypeLoginFinish), "", "", 7},
		{"good invite.check", frame(TypeInviteCheck), "", "", 7},
		{"good send.status", frame(TypeSendStatus), "", "", 7},
		{"good history", frame(TypeHistory), "", "", 7},
		{"good chains", frame(TypeChains), "", "", 7},
		{"good profile", frame(TypeProfile), "", "", 7},
		{"good invite.create", frame(TypeInviteCreate), "", "", 7},
		{"unknown members", `{"t":"hb","id":7,"new":{"a":[1,2]},"T":"x","ID":9}`, "", "", 7},
		{"space around", " \r\n\t" + frame(TypeHeartbeat) + " \n", "", "", 7},
		{"type last", `{"id":7,"t":"hb"}`, "", "", 7},
		{"escaped type", `{"t":"\u0068b","id":7}`, "", "", 7},
		{"id in another notation", `{"t":"hb","id":7e0}`, chat.CodeOutOfRange, "/id", 0},

		{"nothing", ``, chat.CodeBadJSON, "", 0},
		{"only space", `  `, chat.CodeBadJSON, "", 0},
		{"no JSON", `hello`, chat.CodeBadJSON, "", 0},
		{"cut off", `{"t":"hb","id":7`, chat.CodeBadJSON, "", 7},
		{"cut off in a string", `{"t":"hb","id":7,"x":"ab`, chat.CodeBadJSON, "/x", 7},
		{"comma at the end", `{"t":"hb","id":7,}`, chat.CodeBadJSON, "", 7},
		{"single quotes", `{'t':'hb'}`, chat.CodeBadJSON, "", 0},
		{"comment", `{"t":"hb",/*x*/"id":7}`, chat.CodeBadJSON, "", 0},
		{"leading zero", `{"t":"hb","id":07}`, chat.CodeBadJSON, "", 0},
		{"not a number", `{"t":"hb","id":NaN}`, chat.CodeBadJSON, "/id", 0},
		{"raw control character", "{\"t\":\"hb\",\"id\":7,\"x\":\"a\nb\"}", chat.CodeBadJSON, "/x", 7},
		{"two frames", frame(TypeHeartbeat) + frame(TypeHeartbeat), chat.CodeBadJSON, "", 7},
		{"rubbish behind", frame(TypeHeartbeat) + "x", chat.CodeBadJSON, "", 7},
		{"array", `[]`, chat.CodeBadType, "", 0},
		{"string", `"hb"`, chat.CodeBadType, "", 0},
		{"null", `null`, chat.CodeBadType, "", 0},
		{"bad UTF-8", "{\"t\":\"hb\",\"id\":7,\"x\":\"\xff\"}", chat.CodeBadUTF8, "", 0},
		{"half a surrogate", `{"t":"hb","id":7,"x":"\ud800"}`, chat.CodeBadJSON, "/x", 7},
		{"duplicate id", `{"t":"hb","id":7,"id":8}`, chat.CodeDuplicateKey, "/id", 7},
		{"duplicate type", `{"t":"hb","t":"send","id":7}`, chat.CodeDuplicateKey, "/t", 0},
		{"duplicate by escape", `{"t":"hb","id":7,"\u0069d":8}`, chat.CodeDuplicateKey, "/id", 7},
		{"duplicate unknown member", `{"t":"hb","id":7,"x":1,"x":1}`, chat.CodeDuplicateKey, "/x", 7},
		{"duplicate deep inside", `{"t":"hb","id":7,"x":{"y":[{"z":1,"z":2}]}}`, chat.CodeDuplicateKey, "/x/y/0/z", 7},
		{"deepest", deep(MaxDepth - 1), "", "", 7},
		{"too deep", deep(MaxDepth), chat.CodeTooDeep, "/x" + strings.Repeat("/0", MaxDepth-1), 7},
		{"far too deep", deep(100_000), chat.CodeTooDeep, "/x" + strings.Repeat("/0", MaxDepth-1), 7},
		{"most members", keys(MaxKeys - 2), "", "", 7},
		{"too many members", keys(MaxKeys - 1), chat.CodeTooLong, "", 7},
		{"largest number", `{"t":"hb","id":9007199254740991}`, "", "", MaxNumber},
		{"number too large", `{"t":"hb","id":7,"x":9007199254740992}`, chat.CodeOutOfRange, "/x", 7},
		{"number far too large", `{"t":"hb","id":7,"x":1e999}`, chat.CodeOutOfRange, "/x", 7},
		{"number far too small", `{"t":"hb","id":7,"x":[-1e300]}`, chat.CodeOutOfRange, "/x/0", 7},
		{"id too large", `{"t":"hb","id":9007199254740992}`, chat.CodeOutOfRange, "/id", 0},

		{"no type", `{"id":7}`, chat.CodeMissingField, "/t", 7},
		{"type is a number", `{"t":7,"id":7}`, chat.CodeMissingField, "/t", 7},
		{"type in capitals", `{"t":"HB","id":7}`, chat.CodeUnknownType, "/t", 7},
		{"unknown type", `{"t":"teleport","id":7}`, chat.CodeUnknownType, "/t", 7},
		{"a server's type", `{"t":"hello","id":7}`, chat.CodeUnknownType, "/t", 7},
		{"no id", `{"t":"hb"}`, chat.CodeMissingField, "/id", 0},
		{"id 0", `{"t":"hb","id":0}`, chat.CodeMissingField, "/id", 0},
		{"id negative", `{"t":"hb","id":-1}`, chat.CodeOutOfRange, "/id", 0},
		{"id broken", `{"t":"hb","id":1.5}`, chat.CodeOutOfRange, "/id", 0},
		{"id a string", `{"t":"hb","id":"7"}`, chat.CodeBadType, "/id", 0},
		{"id null", `{"t":"hb","id":null}`, chat.CodeMissingField, "/id", 0},
		{"id in capitals", `{"t":"hb","ID":7}`, chat.CodeMissingField, "/id", 0},

		{"send without mid", frame(TypeSend, "mid", ""), chat.CodeMissingField, "/mid", 7},
		{"send with null mid", frame(TypeSend, "mid", "null"), chat.CodeMissingField, "/mid", 7},
		{"send with zero mid", frame(TypeSend, "mid", text26("a")), chat.CodeMissingField, "/mid", 7},
		{"send with short mid", frame(TypeSend, "mid", `"abc"`), chat.CodeBadValue, "/mid", 7},
		{"send with mid in capitals", frame(TypeSend, "mid", strings.ToUpper(text26("m"))), chat.CodeBadValue, "/mid", 7},
		{"send with mid in a second spelling", frame(TypeSend, "mid", `"m`+strings.Repeat("a", 24)+`b"`), chat.CodeBadValue, "/mid", 7},
		{"send with mid a number", frame(TypeSend, "mid", `5`), chat.CodeBadType, "/mid", 7},
		{"send with mid an object", frame(TypeSend, "mid", `{}`), chat.CodeBadType, "/mid", 7},
		{"send without room", frame(TypeSend, "room", ""), chat.CodeMissingField, "/room", 7},
		{"send without dseq", frame(TypeSend, "dseq", ""), chat.CodeMissingField, "/dseq", 7},
		{"send with dseq a string", frame(TypeSend, "dseq", `"1"`), chat.CodeBadType, "/dseq", 7},
		{"send with negative dseq", frame(TypeSend, "dseq", `-1`), chat.CodeOutOfRange, "/dseq", 7},
		{"send without kind", frame(TypeSend, "kind", ""), chat.CodeMissingField, "/kind", 7},
		{"send with long kind", frame(TypeSend, "kind", `"`+strings.Repeat("k", MaxKind+1)+`"`), chat.CodeTooLong, "/kind", 7},
		{"send without body", frame(TypeSend, "body", ""), chat.CodeMissingField, "/body", 7},
		{"send with body an object", frame(TypeSend, "body", `{}`), chat.CodeBadType, "/body", 7},
		{"sync with rooms an object", frame(TypeSync, "rooms", `{}`), chat.CodeBadType, "/rooms", 7},
		{"sync without the room's id", frame(TypeSync, "rooms", `[{"seq":0}]`), chat.CodeMissingField, "/rooms/0/room", 7},
		{"sync with a room twice", frame(TypeSync, "rooms", `[{"room":`+text26("r")+`},{"room":`+text26("r")+`}]`), chat.CodeBadValue, "/rooms/1/room", 7},
		{"sync without chain", frame(TypeSync, "rooms", `[{"room":`+text26("r")+`,"seq":3}]`), chat.CodeMissingField, "/rooms/0/chain", 7},
		{"sync with short chain", frame(TypeSync, "rooms", `[{"room":`+text26("r")+`,"seq":3,"chain":"AAAA"}]`), chat.CodeBadValue, "/rooms/0/chain", 7},
		{"sync with bad epoch", frame(TypeSync, "rooms", `[],"epoch":"x"`), chat.CodeBadValue, "/epoch", 7},
		{"auth without version", frame(TypeAuth, "version", ""), chat.CodeMissingField, "/version", 7},
		{"auth with a later version", frame(TypeAuth, "version", "2"), chat.CodeVersionUnsupported, "/version", 7},
		{"auth with a short nonce", frame(TypeAuth, "nonce", `"AAAA"`), chat.CodeBadValue, "/nonce", 7},
		{"auth with a signature that is not base64url", frame(TypeAuth, "signature", `"+/=="`), chat.CodeBadValue, "/signature", 7},
		{"auth with padding", frame(TypeAuth, "signature", `"QQ=="`), chat.CodeBadValue, "/signature", 7},
		{"auth without hello hash", frame(TypeAuth, "hello_hash", ""), chat.CodeMissingField, "/hello_hash", 7},
		{"register without record", frame(TypeRegister, "record", ""), chat.CodeMissingField, "/record", 7},
		{"register with a huge record", frame(TypeRegister, "record", `"`+strings.Repeat("x", MaxRecord+1)+`"`), chat.CodeTooLong, "/record", 7},
		{"login without name", frame(TypeLoginBegin, "name", `""`), chat.CodeMissingField, "/name", 7},
		{"login with a huge message", frame(TypeLoginBegin, "scram", `"`+strings.Repeat("x", MaxScram+1)+`"`), chat.CodeTooLong, "/scram", 7},
		{"send.status with nothing", frame(TypeSendStatus, "mids", "[]"), chat.CodeMissingField, "/mids", 7},
		{"send.status with too much", frame(TypeSendStatus, "mids", many(MaxMIDs+1, text26("m"))), chat.CodeTooLong, "/mids", 7},
		{"send.status with one bad", frame(TypeSendStatus, "mids", "["+text26("m")+`,"x"]`), chat.CodeBadValue, "/mids/1", 7},
		{"history from 0", frame(TypeHistory, "from", "0"), chat.CodeMissingField, "/from", 7},
		{"history backwards", frame(TypeHistory, "from", "3"), chat.CodeOutOfRange, "/to", 7},
		{"chains with too much", frame(TypeChains, "seqs", many(MaxChains+1, "1")), chat.CodeTooLong, "/seqs", 7},
		{"chains with a negative place", frame(TypeChains, "seqs", "[1,-1]"), chat.CodeOutOfRange, "/seqs/1", 7},
		{"profile without name", frame(TypeProfile, "display", ""), chat.CodeMissingField, "/display", 7},
		{"invite without uses", frame(TypeInviteCreate, "uses", "0"), chat.CodeOutOfRange, "/uses", 7},
		{"invite with negative uses", frame(TypeInviteCreate, "uses", "-3"), chat.CodeOutOfRange, "/uses", 7},
		{"invite that is over", frame(TypeInviteCreate, "expires_ms", "0"), chat.CodeOutOfRange, "/expires_ms", 7},
		{"invite with a short key", frame(TypeInviteCreate, "key", `"AAAA"`), chat.CodeBadValue, "/key", 7},
		{"revoke nothing", frame(TypeInviteRevoke, "invite", ""), chat.CodeMissingField, "/invite", 7},
	} {
		t.Run(test.name, func(t *testing.T) {
			r, id, e := DecodeRequest([]byte(test.data))
			var code chat.Code
			var path string
			if e != nil {
				code, path = e.Code, e.Path
			}
			if code != test.code || path != test.path || id != test.id {
				t.Errorf("got %q at %q, id %d; want %q at %q, id %d (%v)", code, path, id, test.code, test.path, test.id, e)
			}
			if e == nil && r == nil {
				t.Error("neither a request nor an error")
			}
			if e != nil && (e.Message == "" || len(e.Message) > 200) {
				t.Errorf("message %q", e.Message)
			}
		})
	}
}

// TestBodies: bodies and exactly what is said of them.
func TestBodies(t *testing.T) {
	l := chat.DefaultLimits()
	long := func(n int) string { return strings.Repeat("é", n) }
	for _, test := range []struct {
		name string
		kind chat.Kind
		body string
		code chat.Code
		path string
	}{
		{"text", chat.KindMessage, `{"text":"hello"}`, "", ""},
		{"text with members of later versions", chat.KindMessage, `{"text":"hello","thread":{"seq":3},"poll":[]}`, "", ""},
		{"answer that calls people", chat.KindMessage, `{"text":"a","reply":3,"mentions":{"accounts":[` + text26("m") + `],"room":true},"forward":{"name":"Ada","time":1}}`, "", ""},
		{"answer to no number", chat.KindMessage, `{"text":"a","reply":"3"}`, chat.CodeBadType, "/body/reply"},
		{"answer beyond all numbers", chat.KindMessage, `{"text":"a","reply":9007199254740992}`, chat.CodeOutOfRange, "/body/reply"},
		{"calls nobody", chat.KindMessage, `{"text":"a","mentions":{"accounts":[` + text26("a") + `]}}`, chat.CodeMissingField, "/body/mentions/accounts/0"},
		{"calls too many", chat.KindMessage, `{"text":"a","mentions":{"accounts":[` + strings.Repeat(text26("m")+",", chat.MaxMentions) + text26("m") + `]}}`, chat.CodeTooLong, "/body/mentions/accounts"},
		{"passes on a nameless person's words", chat.KindMessage, `{"text":"a","forward":{"name":"","time":1}}`, chat.CodeEmpty, "/body/forward/name"},
		{"file without a word", chat.KindMessage, `{"text":"","files":[` + file("") + `]}`, "", ""},
		{"picture", chat.KindMessage, `{"text":"a","files":[` + file(`"width":640,"height":480,"blur":"LEHV6nWB2yk8","thumb":{"hash":"`+hash43+`","size":900,"width":64,"height":48}`) + `]}`, "", ""},
		{"too many files", chat.KindMessage, `{"text":"a","files":[` + strings.Repeat(file("")+",", chat.MaxFiles) + file("") + `]}`, chat.CodeTooLong, "/body/files"},
		{"file without content", chat.KindMessage, `{"text":"a","files":[{"size":1,"name":"a","type":"a/b"}]}`, chat.CodeMissingField, "/body/files/0/hash"},
		{"file too large", chat.KindMessage, `{"text":"a","files":[` + strings.Replace(file(""), `"size":5`, `"size":268435457`, 1) + `]}`, chat.CodeOutOfRange, "/body/files/0/size"},
		{"file of a folder", chat.KindMessage, `{"text":"a","files":[` + strings.Replace(file(""), "a.txt", "../a.txt", 1) + `]}`, chat.CodeBadValue, "/body/files/0/name"},
		{"file whose name turns", chat.KindMessage, `{"text":"a","files":[` + strings.Replace(file(""), "a.txt", `a\u202etxt.exe`, 1) + `]}`, chat.CodeBadValue, "/body/files/0/name"},
		{"file that is a folder", chat.KindMessage, `{"text":"a","files":[` + strings.Replace(file(""), "a.txt", "..", 1) + `]}`, chat.CodeBadValue, "/body/files/0/name"},
		{"file of no type", chat.KindMessage, `{"text":"a","files":[` + strings.Replace(file(""), "text/plain", "text", 1) + `]}`, chat.CodeBadValue, "/body/files/0/type"},
		{"thumbnail too large", chat.KindMessage, `{"text":"a","files":[` + file(`"thumb":{"hash":"`+hash43+`","size":65537,"width":64,"height":48}`) + `]}`, chat.CodeOutOfRange, "/body/files/0/thumb/size"},
		{"wide as no picture", chat.KindMessage, `{"text":"a","files":[` + file(`"width":65536`) + `]}`, chat.CodeOutOfRange, "/body/files/0/width"},
		{"blur of spaces", chat.KindMessage, `{"text":"a","files":[` + file(`"blur":"a b"`) + `]}`, chat.CodeBadValue, "/body/files/0/blur"},
		{"edit", chat.KindEdit, `{"seq":3,"text":"b"}`, "", ""},
		{"edit of nothing", chat.KindEdit, `{"text":"b"}`, chat.CodeMissingField, "/body/seq"},
		{"edit to nothing", chat.KindEdit, `{"seq":3,"text":" "}`, chat.CodeEmpty, "/body/text"},
		{"edit too long", chat.KindEdit, `{"seq":3,"text":"` + long(l.TextChars+1) + `"}`, chat.CodeTooLong, "/body/text"},
		{"deletion", chat.KindDelete, `{"seq":3}`, "", ""},
		{"deletion of nothing", chat.KindDelete, `{}`, chat.CodeMissingField, "/body/seq"},
		{"reaction", chat.KindReactionAdd, `{"seq":3,"emoji":"👍🏽"}`, "", ""},
		{"reaction with a family", chat.KindReactionAdd, `{"seq":3,"emoji":"👨‍👩‍👧"}`, "", ""},
		{"reaction with a keycap", chat.KindReactionRemove, `{"seq":3,"emoji":"1️⃣"}`, "", ""},
		{"reaction with nothing", chat.KindReactionAdd, `{"seq":3}`, chat.CodeMissingField, "/body/emoji"},
		{"reaction with a word", chat.KindReactionAdd, `{"seq":3,"emoji":"ok"}`, chat.CodeBadValue, "/body/emoji"},
		{"reaction with a digit", chat.KindReactionAdd, `{"seq":3,"emoji":"1"}`, chat.CodeBadValue, "/body/emoji"},
		{"reaction that turns direction", chat.KindReactionAdd, `{"seq":3,"emoji":"\u202e👍"}`, chat.CodeBadValue, "/body/emoji"},
		{"reaction too long", chat.KindReactionRemove, `{"seq":3,"emoji":"` + strings.Repeat("👍", 17) + `"}`, chat.CodeTooLong, "/body/emoji"},
		{"pin", chat.KindPinAdd, `{"seq":3}`, "", ""},
		{"pin of a negative place", chat.KindPinAdd, `{"seq":-3}`, chat.CodeOutOfRange, "/body/seq"},
		{"unpin", chat.KindPinRemove, `{"seq":3}`, "", ""},
		{"longest text", chat.KindMessage, `{"text":"` + long(l.TextChars) + `"}`, "", ""},
		{"text too long", chat.KindMessage, `{"text":"` + long(l.TextChars+1) + `"}`, chat.CodeTooLong, "/body/text"},
		{"body too large", chat.KindMessage, `{"text":"` + strings.Repeat("x", l.BodyBytes) + `"}`, chat.CodeTooLong, "/body"},
		{"no text", chat.KindMessage, `{}`, chat.CodeEmpty, "/body/text"},
		{"blank text", chat.KindMessage, `{"text":" \n\u200b\u3000"}`, chat.CodeEmpty, "/body/text"},
		{"text a number", chat.KindMessage, `{"text":5}`, chat.CodeBadType, "/body/text"},
		{"body an array", chat.KindMessage, `[]`, chat.CodeBadType, "/body"},
		{"body cut off", chat.KindMessage, `{"text":"a`, chat.CodeBadJSON, "/body/text"},
		{"text twice", chat.KindMessage, `{"text":"a","text":"b"}`, chat.CodeDuplicateKey, "/body/text"},
		{"not UTF-8", chat.KindMessage, "{\"text\":\"\xff\"}", chat.CodeBadUTF8, "/body"},
		{"too deep", chat.KindMessage, `{"text":"a","x":` + strings.Repeat("[", 20) + strings.Repeat("]", 20) + `}`, chat.CodeTooDeep, "/body/x" + strings.Repeat("/0", 15)},
		{"room", chat.KindRoomCreate, `{"name":"tea","access":"open","history":"all"}`, "", ""},
		{"room without name", chat.KindRoomCreate, `{"access":"open","history":"all"}`, chat.CodeEmpty, "/body/name"},
		{"room without access", chat.KindRoomCreate, `{"name":"tea","history":"all"}`, chat.CodeBadValue, "/body/access"},
		{"room with a history nobody knows", chat.KindRoomCreate, `{"name":"tea","access":"open","history":"some"}`, chat.CodeBadValue, "/body/history"},
		{"direct room with history from joining", chat.KindRoomCreate, `{"access":"direct","history":"joined","members":[` + text26("m") + `]}`, chat.CodeBadValue, "/body/history"},
		{"room with a bad member", chat.KindRoomCreate, `{"name":"tea","access":"open","history":"all","members":["x"]}`, chat.CodeBadValue, "/body/members/0"},
		{"room with a zero member", chat.KindRoomCreate, `{"name":"tea","access":"open","history":"all","members":[` + text26("m") + `,` + text26("a") + `]}`, chat.CodeMissingField, "/body/members/1"},
		{"room with a long topic", chat.KindRoomCreate, `{"name":"tea","access":"open","history":"all","topic":"` + long(l.TopicChars+1) + `"}`, chat.CodeTooLong, "/body/topic"},
		{"name with space behind", chat.KindRename, `{"name":"tea "}`, chat.CodeBadValue, "/body/name"},
		{"name of two lines", chat.KindRename, `{"name":"a\nb"}`, chat.CodeBadValue, "/body/name"},
		{"name that turns direction", chat.KindRename, `{"name":"a\u202eb"}`, chat.CodeBadValue, "/body/name"},
		{"longest name", chat.KindRename, `{"name":"` + long(l.NameChars) + `"}`, "", ""},
		{"name too long", chat.KindRename, `{"name":"` + long(l.NameChars+1) + `"}`, chat.CodeTooLong, "/body/name"},
		{"topic removed", chat.KindTopic, `{"topic":""}`, "", ""},
		{"topic of two lines", chat.KindTopic, `{"topic":"a\u2028b"}`, chat.CodeBadValue, "/body/topic"},
		{"join oneself", chat.KindJoin, `{}`, "", ""},
		{"join somebody", chat.KindJoin, `{"account":` + text26("m") + `}`, "", ""},
		{"join nobody", chat.KindJoin, `{"account":"x"}`, chat.CodeBadValue, "/body/account"},
		{"leave", chat.KindLeave, `{}`, "", ""},
		{"name of the server's making", chat.KindName, `{"display":"Ada"}`, chat.CodeUnknownKind, "/kind"},
		{"kind from the future", "message.fold", `{}`, chat.CodeUnknownKind, "/kind"},
		{"no body", chat.KindMessage, ``, chat.CodeUnknownKind, "/kind"},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, e := CheckBody(test.kind, []byte(test.body), l)
			var code chat.Code
			var path string
			if e != nil {
				code, path = e.Code, e.Path
			}
			if code != test.code || path != test.path {
				t.Errorf("got %q at %q (%v), want %q at %q", code, path, e, test.code, test.path)
			}
		})
	}
	for _, kind := range []chat.Kind{"sealed", "message.fold", ""} {
		if b, e := ParseBody(kind, []byte("not even JSON")); e != nil || b != (chat.Unknown{}) {
			t.Errorf("%q: an unknown kind must be kept, not read: %v, %v", kind, b, e)
		}
	}
}

// TestRecords: what travels as a string is read as strictly.
func TestRecords(t *testing.T) {
	good := sampleRegistration()
	if e := first(good.Verifier.Check(), good.Device.Check()); e != nil {
		t.Fatal(e)
	}
	got, err := DecodeRegistration(mustRecord(good))
	if err != nil {
		t.Fatal(err)
	}
	same(t, good, got)
	greeting, err := DecodeGreeting(mustRecord(sampleGreeting()))
	if err != nil {
		t.Fatal(err)
	}
	same(t, sampleGreeting(), greeting)
	for text, want := range map[string]chat.Code{
		``: chat.CodeBadJSON, `[]`: chat.CodeBadType, `{"name":"a","name":"b"}`: chat.CodeDuplicateKey, `{"name":7}`: chat.CodeBadType,
		`{"verifier":{"iterations":1e30}}`: chat.CodeOutOfRange, `{"device":{"key":"="}}`: chat.CodeBadValue,
	} {
		_, err := DecodeRegistration(text)
		if chat.CodeOf(err) != want {
			t.Errorf("%s: %v, want %s", text, err, want)
		}
	}
	for path, spoil := range map[string]func(*Registration){
		"/verifier/stretch/alg":        func(r *Registration) { r.Verifier.Stretch.Alg = "scrypt" },
		"/verifier/stretch/memory_kib": func(r *Registration) { r.Verifier.Stretch.MemoryKiB = MinStretchKiB - 1 },
		"/verifier/stretch/passes":     func(r *Registration) { r.Verifier.Stretch.Passes = MaxStretchPasses + 1 },
		"/verifier/stretch/lanes":      func(r *Registration) { r.Verifier.Stretch.Lanes = 3 },
		"/verifier/stretch/salt":       func(r *Registration) { r.Verifier.Stretch.Salt = octets(1, 15) },
		"/verifier/salt":               func(r *Registration) { r.Verifier.Salt = octets(1, 65) },
		"/verifier/iterations":         func(r *Registration) { r.Verifier.Iterations = 4095 },
		"/verifier/stored_key":         func(r *Registration) { r.Verifier.StoredKey = octets(1, 31) },
		"/verifier/server_key":         func(r *Registration) { r.Verifier.ServerKey = nil },
		"/device/key":                  func(r *Registration) { r.Device.Key = octets(1, 33) },
		"/device/name":                 func(r *Registration) { r.Device.Name = strings.Repeat("x", MaxDevice+1) },
		"/device/platform":             func(r *Registration) { r.Device.Platform = "" },
	} {
		r := sampleRegistration()
		spoil(&r)
		var e *chat.Error
		if err := first(r.Verifier.Check(), r.Device.Check()); !errors.As(err, &e) || e.Path != path {
			t.Errorf("%s: %v", path, err)
		}
	}
}

// hash43 is some hash as it is spelled.
const hash43 = "gIGCg4SFhoeIiYqLjI2Oj5CRkpOUlZaXmJmam5ydnp8"

// file words a file, with more members.
func file(more string) string {
	if more != "" {
		more = "," + more
	}
	return `{"hash":"` + hash43 + `","size":5,"name":"a.txt","type":"text/plain"` + more + `}`
}
