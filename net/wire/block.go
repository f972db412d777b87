package wire

import "hearth/chat"

// FeatureBlocks names the ability to keep whom an account has blocked: BlockSet,
// BlocksAt.
const FeatureBlocks = "blocks"

// Bounds of both ends.
const (
	MaxBlocks  = 1000 // people an account can have an opinion of
	blocksPage = 200  // in one BlocksAt
)

// BlockSet offers whether the account has blocked somebody. The server merges it with
// what it has. The answer is OK.
type BlockSet struct {
	Req
	chat.Block
}

// BlocksAt tells whom the account has blocked, and whom no longer: all of them behind
// the answer to the first Sync, in one or several frames, and again when another
// connection has changed something. Nobody else is told.
type BlocksAt struct {
	Blocks []chat.Block `json:"blocks"`
	More   bool         `json:"more,omitzero"` // the next one goes on with the list
}

// BlockFrames puts a list into as many frames as it takes.
func BlockFrames(list []chat.Block) (frames []Frame) {
	for more := true; more; {
		n := min(len(list), blocksPage)
		more = n < len(list)
		frames = append(frames, &BlocksAt{Blocks: append([]chat.Block{}, list[:n]...), More: more})
		list = list[n:]
	}
	return frames
}

// Check implements Request.
func (r *BlockSet) Check() *chat.Error {
	return first(present(r.Account.IsZero(), "/account"), present(r.Rev == 0, "/rev"), seq(chat.Seq(r.Rev), "/rev"))
}

// checkBlocks is checkFrame for BlocksAt.
func checkBlocks(f *BlocksAt) *chat.Error {
	for i := range f.Blocks {
		if e := seq(chat.Seq(f.Blocks[i].Rev), pointer("/blocks", i)+"/rev"); e != nil {
			return e
		}
	}
	return nil
}

// Type implements Frame.
func (*BlockSet) Type() Type { return TypeBlockSet }

// Type implements Frame.
func (*BlocksAt) Type() Type { return TypeBlocksAt }
