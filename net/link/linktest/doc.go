// Package linktest is a server that lies, for tests of clients: it has a real
// TLS end, a real identity and real frames, does what an honest server does, and
// departs from it where a test says so. It records every byte a client sends, so
// that tests can look for secrets in them. It owns no rules of the protocol
// beyond what lying needs; the real server is package server. Only tests import
// it.
package linktest
