package desktop

// NewNotifier returns nil: macOS shows notifications of bundled programs only, and
// the window toolkit has the call for that. Clicks bring the program to the front.
func NewNotifier(NotifierOptions) Notifier { return nil }
