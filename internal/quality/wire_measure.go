package quality

import (
	"fmt"
	"io/fs"
	"slices"

	"congminh/internal/quality/indicator"
	"congminh/internal/stats"
)

// loadIndicators reads the sets of indicators and what faults are assessed.
func loadIndicators(e *Engines, over fs.FS, figures stats.Engines) error {
	err := files(over, "faults.toml", func(_ string, text []byte) error {
		var f struct {
			Kind []FaultKind `toml:"kind"`
		}
		if err := strict(text, &f); err != nil {
			return err
		}
		e.FaultKinds = f.Kind
		for _, k := range f.Kind {
			for _, x := range k.Figures {
				if !figures.Figures.Has(x) {
					return fmt.Errorf("kind %s: there is no figure %s", k.ID, x)
				}
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	var sets []*indicator.Set
	err = files(over, "indicators/*.toml", func(_ string, text []byte) error {
		var f indicator.File
		if err := strict(text, &f); err != nil {
			return err
		}
		set, err := indicator.Read(f, figures.Figures.Has)
		if err != nil {
			return err
		}
		sets = append(sets, set)
		return e.assessed(set)
	})
	if err != nil {
		return err
	}
	e.Sets, err = indicator.NewSets(sets)
	return err
}

// assessed refuses an indicator that counts faults of what nobody assesses.
func (e *Engines) assessed(set *indicator.Set) error {
	for n := range set.Indicators {
		i := &set.Indicators[n]
		of := i.NumOf
		if i.Fault == indicator.Denominator {
			of = i.DenOf
		}
		if i.Fault == "" || of == nil {
			continue
		}
		for _, name := range of.Names() {
			if !slices.ContainsFunc(e.FaultKinds, func(k FaultKind) bool { return slices.Contains(k.Figures, name) }) {
				return fmt.Errorf("indicator %s: %s is in no kind of faults.toml", i.ID, name)
			}
		}
	}
	return nil
}

// loadPatterns reads the patterns by which figures look made.
func loadPatterns(e *Engines, over fs.FS, figures stats.Engines) error {
	return files(over, "gaming.toml", func(_ string, text []byte) error {
		var f struct {
			Pattern []Pattern `toml:"pattern"`
		}
		if err := strict(text, &f); err != nil {
			return err
		}
		e.Patterns = f.Pattern
		for _, g := range f.Pattern {
			if !slices.Contains([]string{Rush, Moved, Again}, g.Kind) || g.Kind == Rush && (g.Days < 1 || g.Factor <= 1) {
				return fmt.Errorf("pattern %s: kind is rush (with days and factor above 1), moved or again", g.ID)
			}
			for _, x := range g.Figures {
				if !figures.Figures.Has(x) {
					return fmt.Errorf("pattern %s: there is no figure %s", g.ID, x)
				}
			}
		}
		return nil
	})
}
