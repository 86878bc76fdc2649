package app

import (
	"context"
	"testing"

	"congminh/internal/access"
	"congminh/internal/archive"
	"congminh/internal/kit/auth"
	"congminh/internal/kit/page"
)

// The demonstration leaves no page about rights, paper and the archive empty, and may
// run again.
func TestDemo(t *testing.T) {
	a := house(t, "", auth.Actor{})
	for range 2 {
		if _, err := a.Demo(t.Context(), 0); err != nil {
			t.Fatal(err)
		}
	}
	as := func(login string) context.Context {
		who, err := a.Org.ActorOf(t.Context(), login)
		if err != nil {
			t.Fatal(err)
		}
		return auth.With(t.Context(), who)
	}
	chief, keeper := as("vientruong"), as("luutru")
	states := map[access.State]int{}
	all, err := a.Access.List(chief, access.Filter{Box: access.OfOffice})
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range all.Items {
		states[r.State]++
	}
	waiting, err := a.Access.Waiting(chief)
	if err != nil || states[access.Submitted] != 1 || states[access.Active] != 1 || states[access.Refused] != 1 || len(all.Items) != 4 || waiting != 2 {
		t.Error(states, waiting, err)
	}
	rs, err := a.Access.Readings(chief, access.ReadingFilter{})
	if err != nil || len(rs.Items) != 3 {
		t.Error(rs, err)
	}
	out, err := a.Access.Recusals(chief, access.RecusalFilter{})
	if err != nil || len(out.Items) != 1 {
		t.Error(out, err)
	}
	box, err := a.Deadline.Inbox(chief, page.Req{Limit: 100})
	if err != nil || box.Unseen < 5 {
		t.Error("the chief was told of", box.Unseen, err)
	}
	vs, err := a.Archive.Volumes(keeper, archive.VolumeFilter{})
	if err != nil || len(vs.Items) != 3 {
		t.Error(vs.Items, err)
	}
	slips, err := a.Archive.Slips(keeper, archive.SlipFilter{State: archive.Overdue})
	if err != nil || len(slips.Items) != 1 {
		t.Error(slips.Items, err)
	}
	due, err := a.Archive.Files(keeper, archive.FileFilter{Due: true})
	if err != nil || len(due.Items) != 1 {
		t.Error(due.Items, err)
	}
}
