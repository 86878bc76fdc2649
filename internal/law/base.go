package law

// Base returns the law as the files have it, without what this installation decided
// about rules: enough for whoever asks for acts, offences and lists.
func (s *Service) Base() *Pack { return s.base.Load() }
