"""What is likely to happen next: tickets that will miss their deadline, devices that will fail, shifts with gaps."""
