//go:build !linux

package boltkit

func beNice() {}
