package page

// Diagnosed is the answer to "diagnose".
type Diagnosed struct {
	Answers []Answer `json:"answers"`
	Normal  []string `json:"normal"`
	// NotUsed are files, or parts of them, that were not used, and why; NotLooked
	// symptoms that could not be looked for, with the commands that would help.
	NotUsed   []string   `json:"notUsed"`
	NotLooked []NotAsked `json:"notLooked"`
}

// Answer is a cause.
type Answer struct {
	Cause     string     `json:"cause"`
	Certainty string     `json:"certainty"`
	Title     string     `json:"title"`
	Message   string     `json:"message"`
	Evidence  []Line     `json:"evidence"`
	Places    []Note     `json:"places"`
	Rule      string     `json:"rule,omitempty"`
	Diff      string     `json:"diff,omitempty"`
	Cure      string     `json:"cure,omitempty"`
	Cured     string     `json:"cured,omitempty"`
	Excluded  [][]string `json:"excluded"`
	Open      []string   `json:"open"`
	Decide    []string   `json:"decide"`
}

// Line is a line of evidence and what it says.
type Line struct {
	File string `json:"file"`
	Line int    `json:"line"`
	Text string `json:"text"`
	Says string `json:"says"`
}

// NotAsked is a symptom that could not be looked for.
type NotAsked struct {
	Symptom string   `json:"symptom"`
	Title   string   `json:"title"`
	Try     []string `json:"try"`
}
