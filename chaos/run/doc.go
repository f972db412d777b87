// Package run plays the fault programme with real processes: hearth-server and
// several hearth-cli, built with the tag chaos, joined by proxies, killed at
// named places and at random, stopped, cut off, restored from old backups. It
// owns those processes, their folders and their records, and hands the records
// to package check. It must never decide itself what is right, and never touch a
// process or file that it did not make.
package run
