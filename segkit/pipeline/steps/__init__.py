"""What a build is made of; ``pipeline/build.py`` tells the story."""
