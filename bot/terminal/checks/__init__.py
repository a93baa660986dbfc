"""What `producer-bot check` looks at: one file a part of the world, each by itself."""
