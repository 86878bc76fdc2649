package deadline

import (
	"errors"
	"net/http"

	"congminh/internal/kit/auth"
	"congminh/internal/kit/lang"
	"congminh/internal/kit/web"
	"congminh/internal/site"
)

// How a person is told, and how the watch itself stands.

func (s *Service) settingsWeb(w http.ResponseWriter, r *http.Request) error {
	return s.showSettings(w, r, settingsView{})
}

// showSettings shows the settings as they are, or as they were typed with what is
// wrong with them.
func (s *Service) showSettings(w http.ResponseWriter, r *http.Request, v settingsView) (err error) {
	ctx := r.Context()
	typed := v.set
	if v.set, err = s.Settings(ctx); err != nil {
		return err
	}
	if v.wrong != nil && v.absent == (Absence{}) {
		v.set.Mail, v.set.MailOn, v.set.Hook, v.set.HookOn = typed.Mail, typed.MailOn, typed.Hook, typed.HookOn
	}
	there, err := s.Colleagues(ctx)
	if err != nil {
		return err
	}
	v.people, v.names = []site.Option{{Text: lang.T(ctx, "Không có: báo lên lãnh đạo")}}, map[string]string{}
	for _, p := range there {
		v.people = append(v.people, site.Option{Value: string(p.ID), Text: p.Name})
		v.names[string(p.ID)] = p.Name
	}
	if v.unseen, err = s.Unseen(ctx); err != nil {
		return err
	}
	v.policy, v.mail = s.Policy, s.Mail != nil
	status := http.StatusOK
	if v.wrong != nil {
		status = http.StatusUnprocessableEntity
	}
	return web.Show(w, r, status, settingsPage(v))
}

func (s *Service) setWeb(w http.ResponseWriter, r *http.Request) error {
	var in struct {
		Mail   string `form:"mail"`
		MailOn bool   `form:"mail_on"`
		Hook   string `form:"hook"`
		Secret string `form:"secret"`
		HookOn bool   `form:"hook_on"`
	}
	if err := web.Form(r, &in); err != nil {
		return err
	}
	set := Settings{Mail: in.Mail, MailOn: in.MailOn, Hook: in.Hook, Secret: in.Secret, HookOn: in.HookOn}
	err := s.SetSettings(r.Context(), set)
	if errors.Is(err, ErrSetting) {
		return s.showSettings(w, r, settingsView{set: set, wrong: err})
	}
	if err != nil {
		return err
	}
	return web.Done(w, r, "/deadlines/settings", "deadline.settings")
}

// newCalendarWeb shows the new address at once and only here: nobody can ask for it
// again.
func (s *Service) newCalendarWeb(w http.ResponseWriter, r *http.Request) error {
	path, err := s.NewCalendar(r.Context())
	if err != nil {
		return err
	}
	return s.showSettings(w, r, settingsView{feed: s.Base + path})
}

func (s *Service) endCalendarWeb(w http.ResponseWriter, r *http.Request) error {
	if err := s.EndCalendar(r.Context()); err != nil {
		return err
	}
	return web.Done(w, r, "/deadlines/settings#calendar", "deadline.calendar-ended")
}

func (s *Service) absenceWeb(w http.ResponseWriter, r *http.Request) error {
	var in Absence
	err := web.Form(r, &in)
	if err == nil {
		err = s.SetAbsence(r.Context(), in)
	}
	if errors.Is(err, ErrSetting) || errors.Is(err, web.ErrFields) {
		return s.showSettings(w, r, settingsView{absent: in, wrong: err})
	}
	if err != nil {
		return err
	}
	return web.Done(w, r, "/deadlines/settings", "deadline.absence")
}

func (s *Service) endAbsenceWeb(w http.ResponseWriter, r *http.Request) error {
	if err := s.EndAbsence(r.Context(), r.PathValue("id")); err != nil {
		return err
	}
	return web.Done(w, r, "/deadlines/settings", "deadline.back")
}

func (s *Service) watchWeb(w http.ResponseWriter, r *http.Request) error {
	return s.showWatch(w, r, "", nil)
}

func (s *Service) showWatch(w http.ResponseWriter, r *http.Request, to string, wrong error) error {
	h, err := s.Health(r.Context())
	if err != nil {
		return err
	}
	status := http.StatusOK
	if wrong != nil {
		status = http.StatusUnprocessableEntity
	}
	return web.Show(w, r, status, watchPage(h, s.Mail != nil, to, wrong))
}

func (s *Service) testMailWeb(w http.ResponseWriter, r *http.Request) error {
	var in struct {
		To string `form:"to"`
	}
	if err := web.Form(r, &in); err != nil {
		return err
	}
	err := s.TestMail(r.Context(), in.To)
	switch {
	case errors.Is(err, auth.ErrMay), errors.Is(err, auth.ErrWho):
		return err
	case errors.Is(err, ErrSetting):
		return s.showWatch(w, r, in.To, err)
	case err != nil: // what the mail server said
		return s.showWatch(w, r, in.To, mailError(err))
	}
	return web.Done(w, r, "/system/watch", "deadline.mailed")
}
