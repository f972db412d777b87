package highlight

import "github.com/alecthomas/chroma/v2"

// Kind is what a part of code is.
type Kind uint8

// Kinds. Plain parts have no span.
const (
	Plain    Kind = 0
	Comment  Kind = 1
	Keyword  Kind = 2
	Name     Kind = 3 // functions, classes, tags, attributes
	Text     Kind = 4 // in quotation marks
	Number   Kind = 5 // and other constants
	Special  Kind = 6 // preprocessor, decorators, variables of shells
	Inserted Kind = 7 // of a difference
	Deleted  Kind = 8
)

// Kinds is how many there are.
const Kinds = 9

// Span is a part of code; Start and End are offsets in bytes.
type Span struct {
	Start, End int
	Kind       Kind
}

// kindOf sorts the tokens of the grammars.
func kindOf(t chroma.TokenType) Kind {
	switch {
	case t == chroma.CommentPreproc || t == chroma.CommentPreprocFile || t == chroma.CommentHashbang:
		return Special
	case t.InCategory(chroma.Comment):
		return Comment
	case t == chroma.KeywordConstant:
		return Number
	case t.InCategory(chroma.Keyword) || t == chroma.OperatorWord:
		return Keyword
	case t == chroma.NameDecorator || t.InSubCategory(chroma.NameVariable) || t == chroma.NameEntity:
		return Special
	case t.InSubCategory(chroma.NameFunction) || t.InSubCategory(chroma.NameBuiltin):
		return Name
	case t == chroma.NameClass || t == chroma.NameTag || t == chroma.NameAttribute || t == chroma.NameException || t == chroma.NameNamespace || t == chroma.NameProperty || t == chroma.NameLabel:
		return Name
	case t == chroma.NameConstant:
		return Number
	case t == chroma.LiteralStringInterpol || t == chroma.LiteralStringEscape:
		return Special
	case t.InSubCategory(chroma.LiteralString):
		return Text
	case t.InSubCategory(chroma.LiteralNumber) || t == chroma.LiteralDate:
		return Number
	case t == chroma.GenericInserted:
		return Inserted
	case t == chroma.GenericDeleted:
		return Deleted
	case t == chroma.GenericHeading || t == chroma.GenericSubheading || t == chroma.GenericPrompt:
		return Keyword
	case t == chroma.GenericOutput:
		return Plain
	}
	return Plain
}
