"""The door for staff: pages rendered on the server, a cookie sign-in, CSRF on every form."""
