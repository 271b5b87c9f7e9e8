package lint

// What tests in their own package look at.
var (
	SecondRead = secondRead
	Untouched  = untouched
	NewMoves   = newMoves
)

// Shift and Wrote are the questions that moves answers.
func (m *moves) Shift(offset int) int  { return m.shift(offset) }
func (m *moves) Wrote(offset int) bool { return m.wrote(offset) }

// Outcomes is outcomes for tests.
var Outcomes = outcomes
