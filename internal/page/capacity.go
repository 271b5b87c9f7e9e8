package page

// Capacity is the answer to "capacity".
type Capacity struct {
	// Latency is how long a request takes, in seconds; Assumed says that nobody
	// named it.
	Latency float64        `json:"latency"`
	Assumed bool           `json:"assumed"`
	Hosts   []CapacityHost `json:"hosts"`
}

// CapacityHost is the table of one host.
type CapacityHost struct {
	Name   string  `json:"name"`
	Limits []Limit `json:"limits"`
}

// Limit is a row of the table. What is not known is null.
type Limit struct {
	ID      string   `json:"id"`
	Title   string   `json:"title"`
	Subject string   `json:"subject"`
	Unit    string   `json:"unit"`
	Value   *float64 `json:"value"`
	From    []string `json:"from"`
	// Missing says what would tell the value.
	Missing string `json:"missing"`
	// Reached is the load of the kind of Driver at which the limit is reached.
	Driver  string   `json:"driver"`
	Reached *float64 `json:"reached"`
	Formula string   `json:"formula"`
	// Needs is what the load that was asked about needs, Overrun says that it is more
	// than there is.
	Needs   *float64 `json:"needs"`
	Overrun bool     `json:"overrun"`
	// Used is how much is taken now, by the line UsedAt.
	Used   *float64 `json:"used"`
	UsedAt string   `json:"usedAt"`
	Note   string   `json:"note"`
}
