"""The page: one offline file, drawn from results."""
