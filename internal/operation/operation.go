// Package operation shows those who run the program what it is doing (vận hành hệ
// thống): the work that goes on by itself, and what the machine has and lacks.
package operation

import (
	"time"

	"congminh/internal/kit/auth"
)

// What one may do with the running of the program.
const (
	MayRead   auth.Verb = "job.read"   // see the work and the state of the system
	MayManage auth.Verb = "job.manage" // try again, stop, throw away
)

// Tool is a program outside that something needs.
type Tool struct {
	Name    string `json:"name"`
	Found   bool   `json:"found"`
	Why     string `json:"why" doc:"What cannot be done without it"`
	Package string `json:"package" doc:"What to install on Debian"`
}

// Facts is what does not change while the program runs.
type Facts struct {
	Version string
	Started time.Time
	Readers int // pages read at once
	Tools   []Tool
}

// State is how the system stands.
type State struct {
	Version  string    `json:"version"`
	Started  time.Time `json:"started"`
	Now      time.Time `json:"now"`
	Database string    `json:"database" enum:"sqlite,postgres"`
	Readers  int       `json:"readers"`
	Tools    []Tool    `json:"tools"`
	Waiting  int       `json:"waiting"`
	Running  int       `json:"running"`
	Failed   int       `json:"failed"`
}
