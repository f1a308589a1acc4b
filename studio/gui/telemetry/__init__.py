"""What playing costs on this computer: live charts, numbers, exports."""
