package app

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"

	"congminh/internal/criminal"
	"congminh/internal/dossier"
	"congminh/internal/dossier/sample"
	"congminh/internal/kit/auth"
	"congminh/internal/org"
)

// Account is a way into the demonstration.
type Account struct {
	Login, Password, About string
}

// Demo fills an empty house with an invented office, its people, its cases, and a
// paper file of so many pages that is being read. It may run again; it refuses to
// where real people work.
func (a *App) Demo(ctx context.Context, pages int) (out []Account, err error) {
	people, err := a.Org.Demo(ctx)
	if err != nil {
		return nil, err
	}
	for _, p := range people {
		var roles []string
		for _, r := range p.Roles {
			roles = append(roles, r.VN())
		}
		out = append(out, Account{p.Login, p.Password, p.Name + ", " + strings.Join(roles, ", ") + " (" + p.OfficeName + ")"})
	}
	cases, err := a.Criminal.Demo(ctx)
	if err != nil {
		return nil, err
	}
	clerk, err := a.Org.ActorOf(ctx, "vanthu")
	if err != nil {
		return nil, err
	}
	if err := a.demoFile(auth.With(ctx, clerk), cases[0], pages); err != nil {
		return nil, err
	}
	return out, a.demoPaper(ctx, cases)
}

// demoPaper fills the pages about rights, paper and the archive.
func (a *App) demoPaper(ctx context.Context, cases []criminal.Case) error {
	as := func(login string) (context.Context, error) {
		who, err := a.Org.ActorOf(ctx, login)
		return auth.With(ctx, who), err
	}
	if err := a.Access.Demo(ctx, as); err != nil {
		return err
	}
	clerk, err := as("vanthu")
	if err != nil {
		return err
	}
	file := func(number string, kind dossier.Kind) (dossier.Dossier, error) {
		i := slices.IndexFunc(cases, func(c criminal.Case) bool { return c.Number == number })
		have, err := a.Dossier.OfCase(clerk, cases[i].ID)
		if err != nil || len(have) > 0 {
			return append(have, dossier.Dossier{})[0], err
		}
		return a.Dossier.Create(clerk, dossier.New{Case: cases[i].ID, Kind: kind})
	}
	running, err := file("04/2026/HS", dossier.CaseFile)
	if err != nil {
		return err
	}
	old, err := file("05/2026/HS", dossier.ProcuracyFile)
	if err != nil {
		return err
	}
	return a.Archive.Demo(ctx, as, running, old)
}

// demoFile hands in the scans of one invented case file, unless the case has one.
func (a *App) demoFile(ctx context.Context, c criminal.Case, pages int) error {
	have, err := a.Dossier.OfCase(ctx, c.ID)
	if err != nil || len(have) > 0 || pages < 1 {
		return err
	}
	file, err := a.Dossier.Create(ctx, dossier.New{Case: c.ID, Kind: dossier.CaseFile})
	if err != nil {
		return err
	}
	paper, err := sample.Make(1, pages, sample.Options{Blank: true, Upside: pages > 10, Duplicate: pages > 10})
	if err != nil {
		return err
	}
	in, w := io.Pipe()
	go func() { w.CloseWithError((sample.Scan{}).PDF(w, paper.Pages)) }()
	if _, err := a.Dossier.Receive(ctx, file.ID, "ho-so-mau.pdf", "demo", in); err != nil {
		in.CloseWithError(err)
		return fmt.Errorf("demo file: %w", err)
	}
	return nil
}

// Console is who works at the server's own command line: whoever may read the
// database file may read what is in it.
func Console() auth.Actor {
	a := org.Console()
	read := []auth.Verb{criminal.MayRead, dossier.MayRead, dossier.MaySearch}
	a.Verbs = append(a.Verbs, read...)
	a.Below = append(a.Below, read...)
	return a
}
