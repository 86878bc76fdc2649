package criminal

import (
	"embed"
	"fmt"
	"sync"
	"time"

	"github.com/BurntSushi/toml"

	"congminh/internal/kit/job"
)

//go:embed data/*.toml
var data embed.FS

// decode reads a file that comes with the program; that it can be read is tested.
func decode(name string, into any) {
	text, err := data.ReadFile(name)
	if err == nil {
		var md toml.MetaData
		if md, err = toml.Decode(string(text), into); err == nil && len(md.Undecoded()) > 0 {
			err = fmt.Errorf("unknown key %s", md.Undecoded()[0])
		}
	}
	if err != nil {
		panic(fmt.Sprintf("criminal: %s: %v", name, err))
	}
}

// registers are the registers there are (data/registers.toml).
var registers = sync.OnceValue(func() []Register {
	var in struct {
		Registers []Register `toml:"register"`
	}
	decode("data/registers.toml", &in)
	return in.Registers
})

// forms are the kinds of list that can be brought in (data/imports.toml).
var forms = sync.OnceValue(func() []ImportForm {
	var in struct {
		Forms []ImportForm `toml:"form"`
	}
	decode("data/imports.toml", &in)
	return in.Forms
})

// backgroundJobs takes lists in and back, and marks cases anew, in the background.
func (s *Service) backgroundJobs(r *job.Runner) {
	s.jobs = r
	r.HandleLong(importJob, job.Options{Lease: time.Minute}, s.runImport)
	r.HandleLong(undoJob, job.Options{Lease: time.Minute}, s.runUndo)
	r.HandleLong(remarkJob, job.Options{Lease: time.Minute}, s.remarkAll)
}
