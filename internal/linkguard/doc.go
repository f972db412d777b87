// Package linkguard stands between what other people wrote and what this window
// does with it. It owns two decisions: which stretches of a text are links and
// where they really lead (Find, Check), and which characters are shown at all
// (CleanText, CleanName, Isolate). It opens nothing, loads nothing and draws
// nothing; whoever opens a link takes it from here and asks first when
// Link.Ask says so.
//
// Only http, https and mailto are links, and what begins with "www.", which is opened as
// https. Everything else — file, smb, UNC paths,
// custom schemes, addresses with a user part, hosts that browsers read
// differently than people — stays plain text: the system's opener would hand it
// to any program that claims it.
package linkguard
