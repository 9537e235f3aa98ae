"""What the services need from the outside world, as small protocols. Adapters keep them; tests try every adapter."""
