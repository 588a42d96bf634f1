"""What is traded: instances, their files, learning curves and random markets."""
