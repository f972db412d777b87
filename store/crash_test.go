package store_test

const childEnv = "HEARTH_STORE_CRASH_CHILD"

func crashChild() {}
