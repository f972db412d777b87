package ui

import (
	"fyne.io/fyne/v2"

	"hearth/app"
	"hearth/ui/look"
	"hearth/ui/tr"
)

// secretChoice is the part of forms that appears only when the system's keyring
// does not work: the person decides where the secrets of this device live.
type secretChoice struct {
	f          *form
	object     *fyne.Container
	why        *para
	where      *options
	passphrase *field
	again      *field
	shown      bool
}

// The order of the options.
const (
	chooseRetry = iota
	chooseVault
	chooseMemory
)

func newSecretChoice(f *form, submit func()) *secretChoice {
	s := &secretChoice{f: f}
	s.why = newPara("", look.Preview, look.Warn)
	s.passphrase = newSecretField(tr.S("secrets.passphrase"), tr.S("secrets.passphrase.hint"))
	s.again = newSecretField(tr.S("secrets.again"), "")
	f.add("passphrase", s.passphrase, s.again.Focus)
	f.add("passphrase_again", s.again, submit)
	s.where = newOptions(chooseRetry, []option{
		{tr.S("secrets.retry"), tr.S("secrets.retry.text")},
		{tr.S("secrets.vault"), tr.S("secrets.vault.text")},
		{tr.S("secrets.memory"), tr.S("secrets.memory.text")},
	}, func(int) { s.arrange() })
	box := newBoxed(look.WarnFill, nil, 14, 12, rowGrow(10, 1, look.NewIcon(look.IconKey, look.Warn, 20), s.why))
	s.object = column(10, box, fieldName(tr.S("secrets.title")), s.where, s.passphrase, s.again)
	s.object.Hide()
	s.arrange()
	return s
}

func (s *secretChoice) arrange() {
	vault := s.where.at == chooseVault
	for _, x := range []*field{s.passphrase, s.again} {
		if vault {
			x.Show()
		} else {
			x.Hide()
		}
	}
	formPage{s.f}.Refresh()
	if vault {
		s.passphrase.Focus()
	}
}

// offer shows the choice when a command failed because of the keyring.
func (s *secretChoice) offer(e failure) bool {
	if e.Code != app.FailSecrets || e.Problem == nil {
		return false
	}
	words, ok := problemWords[e.Problem.Kind]
	if !ok {
		return false
	}
	s.shown = true
	s.why.SetText(tr.S(words.title) + "\n" + tr.S(words.text))
	s.object.Show()
	formPage{s.f}.Refresh()
	return true
}

// complete reports whether the choice can be used, marking what cannot.
func (s *secretChoice) complete() bool {
	if !s.shown || s.where.at != chooseVault {
		return true
	}
	switch {
	case len(s.passphrase.Text()) < minPassword:
		s.passphrase.SetError(tr.N("form.password.rule", minPassword))
		s.passphrase.Focus()
	case s.passphrase.Text() != s.again.Text():
		s.again.SetError(tr.S("secrets.differ"))
		s.again.Focus()
	default:
		return true
	}
	return false
}

// choice is what the core is told.
func (s *secretChoice) choice() app.SecretChoice {
	if !s.shown {
		return app.SecretChoice{}
	}
	switch s.where.at {
	case chooseVault:
		return app.SecretChoice{Mode: app.SecretVault, Passphrase: s.passphrase.secret()}
	case chooseMemory:
		return app.SecretChoice{Mode: app.SecretMemory}
	}
	return app.SecretChoice{}
}
